"""The report in headless Chromium: what an artist does, with the keyboard alone; screenshots stay in the build folder.

report_test.py INBETWEEN SAMPLE_FRAMES SCREENSHOTS; exit code 77: skipped, there is no Chromium or no Selenium.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SKIPPED = 77
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    print("SKIPPED: python3-selenium is not installed")
    sys.exit(SKIPPED)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not CHROMIUM or not DRIVER:
    print("SKIPPED: chromium and chromium-driver are not installed")
    sys.exit(SKIPPED)

INBETWEEN, SAMPLES, SCREENSHOTS = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
# As nasty as file names get: 200 characters with markup, quotes and letters of elsewhere.
NASTY = ("<script>document.title='owned'<&script>\"'><img src=x onerror=alert(1)>&amp;ü漢字🎬" + "x" * 200)[:200]
MARKUP = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><!--"


def inbetween(*arguments, expected=0):
    done = subprocess.run([INBETWEEN, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == expected, (arguments, done.returncode, done.stdout, done.stderr)
    return done


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="inbetween-report-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        keys, cls.out = cls.folder / "ke'ys \"<b>", cls.folder / "out"
        keys.mkdir()
        for number in (1, 5, 9):
            shutil.copy(SAMPLES / f"crossing/keys/crossing.{number:04}.exr", keys / f"{NASTY}.{number:04}.exr")
        inbetween("run", keys, "-o", cls.out, "--max-rerender", "50%", "--risk-maps", "--progress", "none")
        cls.manifest_file = cls.out / "manifest.json"
        manifest = json.loads(cls.manifest_file.read_text())
        for frame in manifest["frames"]:
            frame["reasons"].append(MARKUP)
        manifest["problems"].append(MARKUP)
        manifest["model"]["version"] = MARKUP
        cls.manifest_file.write_text(json.dumps(manifest))
        inbetween("report", cls.out, "--reference", SAMPLES / "crossing/truth")
        cls.manifest = json.loads(cls.manifest_file.read_text())
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)

        options = Options()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--window-size=1440,1000", f"--user-data-dir={cls.folder / 'profile'}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": str(cls.folder)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(service=Service(DRIVER), options=options)
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.open()
        self.browser.execute_script("localStorage.clear()")
        self.browser.get("about:blank")
        self.open()

    def tearDown(self):
        complaints = [e["message"] for e in self.browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
        self.assertEqual(complaints, [])

    def open(self):
        self.browser.get((self.out / "report.html").as_uri())

    def press(self, *keys):
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def text(self, element_id):
        return self.browser.find_element(By.ID, element_id).text

    def said(self):
        return self.script("return document.getElementById('said').textContent")

    def script(self, source):
        return self.browser.execute_script(source)

    def wait(self, condition):
        WebDriverWait(self.browser, 20).until(lambda _: condition())

    def screenshot(self, name):
        self.browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def shown_picture(self):
        """The number of the picture among the frame's choices, from the page's own picture data."""
        return self.script("""const shown = document.querySelector('#pictures img.shown');
            return shown ? [...document.querySelectorAll('script[type="text/plain"]')]
                .find((s) => shown.src.endsWith(s.textContent)).id.replace('picture-', '') : null;""")

    def go_to(self, frame):
        self.press(Keys.HOME)
        for _ in range(frame - 1):
            self.press(Keys.ARROW_RIGHT)
        self.assertEqual(self.text("frame-title"), f"Frame {frame}")

    def flagged(self):
        return self.manifest["rerender"]

    def write_name(self, name="Ada L. <b>"):
        field = self.browser.find_element(By.ID, "who")
        field.clear()
        field.send_keys(name, Keys.ENTER)

    def save(self):
        for old in self.folder.glob("decisions*.json"):
            old.unlink()
        self.press("s")
        target = self.folder / "decisions.json"
        self.wait(lambda: target.exists() and target.stat().st_size > 0)
        return target

    def test_names_and_texts_do_no_harm(self):
        self.assertIn("Inbetween report", self.browser.title)
        self.assertIn(NASTY, self.text("title"))
        self.assertIn(MARKUP, self.text("reasons"))
        self.assertEqual(self.script("return document.querySelectorAll('img[src=x], b b, h1 *, #reasons li *').length"), 0)

    def test_opens_at_the_first_flagged_frame_and_says_what_it_shows(self):
        self.assertEqual(len(self.flagged()), 3)
        self.assertEqual(self.text("frame-title"), f"Frame {self.flagged()[0]}")
        self.assertIn("generated from", self.text("caption"))
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth - innerWidth"), 0)
        self.assertEqual(self.text("verdict"), "Flagged: open")
        self.assertEqual(self.text("saved-words"), "3 of 9 renders")
        self.go_to(2)  # the reference has it
        self.assertIn("Measured", self.text("facts"))
        self.screenshot("frame")

    def test_decisions_change_the_rerender_list(self):
        first, second, third = self.flagged()
        self.write_name()
        self.press("a", "n")
        self.assertEqual(self.text("frame-title"), f"Frame {second}")
        self.press("r", "n")
        self.assertEqual(self.text("frame-title"), f"Frame {third}")
        self.assertEqual(self.text("to-render"), "2")
        self.assertEqual(self.text("open"), "1")
        self.assertEqual(self.text("saved-words"), "4 of 9 renders")
        quiet = next(f["frame"] for f in self.manifest["frames"] if f["frame"] not in self.flagged())
        self.go_to(quiet)
        self.press("r", "m")
        comment = "the hand doubles </textarea><script>"
        self.browser.switch_to.active_element.send_keys(comment, Keys.ESCAPE)
        self.open()  # and all of it is still there
        self.assertEqual(self.text("to-render"), "3")
        decisions = self.save()
        before = (self.out / "rerender.txt").read_bytes()
        manifest_before = self.manifest_file.read_bytes()
        try:
            inbetween("review", "apply", self.out, decisions)
            applied = json.loads(self.manifest_file.read_text())
            self.assertEqual(applied["rerender"], sorted([second, third, quiet]))
            self.assertNotEqual((self.out / "rerender.txt").read_bytes(), before)
            by_frame = {f["frame"]: f.get("decision") for f in applied["frames"]}
            self.assertEqual(by_frame[first]["by"], "Ada L. <b>")
            self.assertEqual(by_frame[quiet]["comment"], comment)
            self.assertRegex(by_frame[quiet]["at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            once = self.manifest_file.read_bytes()
            self.assertIn("nothing new", inbetween("review", "apply", self.out, decisions).stdout)
            self.assertEqual(self.manifest_file.read_bytes(), once)
        finally:
            self.manifest_file.write_bytes(manifest_before)
            (self.out / "rerender.txt").write_bytes(before)

    def test_saved_decisions_are_loaded_again_and_others_refused(self):
        self.write_name()
        self.press("a")
        decisions = self.save()
        self.press("u")
        self.assertEqual(self.text("verdict"), "Flagged: open")
        self.script("localStorage.clear()")
        self.browser.get("about:blank")
        self.open()
        load = self.browser.find_element(By.ID, "load-file")
        load.send_keys(str(decisions))
        self.wait(lambda: self.text("verdict").startswith("Approved by Ada"))
        for change, words in ((lambda d: d["manifest"].update(identity="0"), "another shot"),
                              (lambda d: d.update(version=9), "no decisions that this report can read"),
                              (lambda d: d["decisions"][0].update(pixelHash="0"), "1 left out")):
            other = json.loads(decisions.read_text())
            change(other)
            (self.folder / "other.json").write_text(json.dumps(other))
            load.send_keys(str(self.folder / "other.json"))
            self.wait(lambda: words in self.said())
        (self.folder / "other.json").write_text("{")
        load.send_keys(str(self.folder / "other.json"))
        self.wait(lambda: "is not JSON" in self.said())

    def test_saving_asks_for_a_name(self):
        self.press("a", "s")
        self.assertIn("your name", self.said())
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), "who")

    def test_flips_and_compares(self):
        frame = self.manifest["frames"][0]
        self.go_to(frame["frame"])
        names = {"1": f"k{frame['key0']}", "2": f"g{frame['frame']}", "3": f"k{frame['key1']}", "4": f"r{frame['frame']}"}
        for key, picture in names.items():
            self.press(key)
            self.assertEqual(self.shown_picture(), picture)
        self.press("f")
        self.assertEqual(self.shown_picture(), names["1"])
        self.press("2")
        ActionChains(self.browser).key_down("c").perform()
        self.assertEqual(self.shown_picture(), names["4"])
        self.assertIn("while the key is held", self.text("caption"))
        ActionChains(self.browser).key_up("c").perform()
        self.assertEqual(self.shown_picture(), names["2"])

    def test_maps_boxes_exposure_and_zoom(self):
        self.go_to(2)  # the reference has it
        painted = "const c = document.getElementById('heat'); return !c.hidden && c.width > 1"
        self.assertFalse(self.script(painted))
        for key, words in (("h", "predicted error"), ("e", "against the reference")):
            self.press(key)
            self.wait(lambda: self.script(painted))
            self.assertIn(words, self.text("legend"))
            self.screenshot({"h": "risk", "e": "error"}[key])
        opacity = "return Number(getComputedStyle(document.getElementById('heat')).opacity)"
        before = self.script(opacity)
        self.press("[")
        self.assertLess(self.script(opacity), before)

        number = int(self.text("frame-title").split()[1])
        regions = next(f["risk"]["regions"] for f in self.manifest["frames"] if f["frame"] == number)
        boxes = "return document.querySelectorAll('#boxes > div').length"
        self.assertEqual(self.script(boxes), len(regions))
        self.press("b")
        self.assertEqual(self.script(boxes), 0)

        self.press(".")
        self.assertEqual(self.text("exposure-value"), "+0.50 stops")
        self.assertIn("exposure-filter", self.script("return getComputedStyle(document.getElementById('pictures')).filter"))
        table = self.script("return document.querySelector('feFuncG').getAttribute('tableValues').split(' ').map(Number)")
        self.assertEqual(len(table), 256)
        self.assertEqual(table, sorted(table))
        self.assertGreater(table[100], 100 / 255)

        place = "const l = document.getElementById('layers'); return [l.offsetWidth, l.offsetLeft]"
        width, left = self.script(place)
        self.press("+", "+", "+")
        self.assertGreater(self.script(place)[0], 1.5 * width)
        left = self.script(place)[1]
        ActionChains(self.browser).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
        self.assertLess(self.script(place)[1], left)
        self.press("0")
        self.assertEqual(self.script(place)[0], width)

    def test_contact_sheet_and_filter(self):
        self.press("g")
        visible = "return [...document.querySelectorAll('.tile')].filter((t) => !t.hidden).length"
        self.assertEqual(self.script(visible), 9)
        self.screenshot("sheet")
        self.browser.find_element(By.CSS_SELECTOR, "[data-name=flagged]").click()
        self.assertEqual(self.script(visible), 3)
        self.press("n", "a")
        self.browser.find_element(By.CSS_SELECTOR, "[data-name=open]").click()
        self.assertEqual(self.script(visible), 2)
        self.press(Keys.HOME, Keys.ENTER)
        self.assertEqual(self.text("verdict"), "Flagged: open")
        self.assertTrue(self.browser.find_element(By.ID, "stage").is_displayed())

    def test_everything_is_reached_by_tab_and_named(self):
        reached = set()
        for _ in range(80):
            self.press(Keys.TAB)
            reached.add(self.browser.switch_to.active_element.get_attribute("id"))
        self.assertLessEqual({"who", "save", "load", "theme", "help-open", "view-sheet", "stage", "heat-on", "opacity",
                              "exposure", "approve", "render", "next-flagged", "timeline"}, reached)
        nameless = self.script("""return [...document.querySelectorAll('button, input:not([hidden]), [tabindex]')]
            .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)""")
        self.assertEqual(nameless, [])

    def test_help_light_and_dark_and_small(self):
        self.press("?")
        self.assertTrue(self.script("return document.getElementById('help').open"))
        self.screenshot("help")
        self.press(Keys.ESCAPE)
        self.assertFalse(self.script("return document.getElementById('help').open"))
        seen = set()
        for _ in range(3):
            self.press("t")
            theme = self.script("return document.documentElement.dataset.theme")
            seen.add((theme, self.script("return getComputedStyle(document.body).backgroundColor")))
            self.screenshot(f"frame-{theme}")
        self.assertEqual(len(seen), 2)
        self.browser.set_window_size(600, 900)
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth - innerWidth"), 0)
        self.screenshot("small")
        self.browser.set_window_size(1440, 1000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
