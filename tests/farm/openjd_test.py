"""The Open Job Description templates of tools/farm/openjd, checked and run with the reference implementation.

  openjd_test.py <inbetween> <source folder> <folder for openjd-cli, kept>

Exits with 77 (skipped) and the reason where openjd-cli cannot be installed from PyPI.
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import venv

INBETWEEN, SOURCE, VENV = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
BUNDLES = SOURCE / "tools" / "farm" / "openjd"
ALONE, BLENDER = BUNDLES / "inbetween" / "template.yaml", BUNDLES / "blender_inbetween" / "template.yaml"
KEYS = SOURCE / "sample_frames" / "crossing" / "keys"
OPENJD = VENV / "bin" / "openjd"


def install():
    """Installs openjd-cli; returns why it could not be."""
    if OPENJD.exists():
        return None
    try:
        venv.create(VENV, with_pip=True, clear=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "--retries", "1", "--timeout", "20", "openjd-cli>=0.8,<0.9"],
                       check=True, capture_output=True, text=True, timeout=240)
    except Exception as problem:  # no network, no index, no venv module: all the same here
        return (getattr(problem, "stderr", "") or str(problem)).strip().splitlines()[-1]
    return None


def openjd(*arguments):
    return subprocess.run([OPENJD, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def parameters(**values):
    return [word for name, value in values.items() for word in ("--job-param", f"{name}={value}")]


class OpenJobDescription(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.harm = self.folder / "harm"
        # Nothing of a name may be run.
        self.out = self.folder / f"out of 'sh 010' \"$(touch {self.harm.name})\" `touch harm`"
        self.values = {"Keys": KEYS, "Out": self.out, "Shards": 3, "Threads": 1, "MemoryGB": 1, "Inbetween": INBETWEEN}

    def assertSameAsSingleRun(self):
        single = self.folder / "single"
        subprocess.run([INBETWEEN, "run", self.values["Keys"], "-o", single, "--threads", "2", "--quiet"], check=True)
        subprocess.run([sys.executable, SOURCE / "tests" / "farm" / "same_output.py", single, self.out], check=True)
        self.assertTrue(any(self.out.glob("report*")), sorted(self.out.iterdir()))
        self.assertFalse(self.harm.exists(), "a file name was run as a command")

    def test_templates_are_valid(self):
        for template in ALONE, BLENDER:
            done = openjd("check", template)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_both_have_the_same_steps(self):
        steps = [template.read_text().split("- name: Inbetween\n  ", 2)[-1].split("- name: RenderAfterAll")[0]
                 for template in (ALONE, BLENDER)]
        self.assertIn("--shard", steps[0])
        self.assertEqual(steps[0].split("parameterSpace")[1], steps[1].split("parameterSpace")[1])

    def test_parts_are_what_a_single_run_makes(self):
        done = openjd("run", ALONE, *parameters(**self.values))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("openjd_progress: 100", done.stdout)
        self.assertIn("openjd_status: frame 2 done", done.stdout)
        self.assertSameAsSingleRun()

    def test_a_cancelled_task_goes_on_where_it_was(self):
        one = {**self.values, "Shards": 1}
        command = [OPENJD, "run", ALONE, "--step", "Inbetween", *parameters(**one)]
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as job:
            for line in job.stdout:
                if "openjd_status: frame" in line:
                    job.send_signal(signal.SIGINT)
                    break
            job.stdout.read()
        self.assertFalse((self.out / "manifest.json").exists(), "joined too early")
        done = openjd("run", ALONE, *parameters(**one))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertSameAsSingleRun()

    def test_render_step_first(self):
        # A stand-in for Blender, which renders the frame that the template asks for by copying it.
        blender = self.folder / "blender"
        blender.write_text(f"#!{sys.executable}\n"
                           "import shutil, sys\n"
                           "option = dict(zip(sys.argv, sys.argv[1:]))\n"
                           "frame = int(option['--render-frame'])\n"
                           "target = option['--render-output'].replace('####', f'{frame:04}') + '.exr'\n"
                           f"shutil.copyfile('{KEYS}/crossing.%04d.exr' % frame, target)\n")
        blender.chmod(0o755)
        self.values["Keys"] = self.folder / "keys"
        self.values["Keys"].mkdir()
        done = openjd("run", BLENDER, *parameters(**self.values, Scene=self.folder / "a.blend", KeyFrames="1-5:2",
                                                  Blender=blender))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(sorted(path.name for path in self.out.glob("*.exr")), ["key.0002.exr", "key.0004.exr"])
        self.assertSameAsSingleRun()

    def test_what_is_asked_for_is_rendered_and_put_in(self):
        # A stand-in for Blender: keyframes by copying them, and for what is asked for the keyframe before.
        blender = self.folder / "blender"
        blender.write_text(f"#!{sys.executable}\n"
                           "import ast, os, re, shutil, sys\n"
                           "option = dict(zip(sys.argv, sys.argv[1:]))\n"
                           "if '--render-frame' in option:\n"
                           "    frame = int(option['--render-frame'])\n"
                           "    target = option['--render-output'].replace('####', f'{frame:04}') + '.exr'\n"
                           f"    shutil.copyfile('{KEYS}/crossing.%04d.exr' % frame, target)\n"
                           "else:\n"
                           "    for task in re.findall(r'^(\\(\\d+, .*\\)),$', option['--python-expr'], re.M):\n"
                           "        frame, path, _ = ast.literal_eval(task)\n"
                           "        path = path.replace('####', f'{int(frame):04}') + '.exr'\n"
                           "        os.makedirs(os.path.dirname(path), exist_ok=True)\n"
                           f"        shutil.copyfile('{KEYS}/crossing.%04d.exr' % (int(frame) - 1), path)\n")
        blender.chmod(0o755)
        self.values["Keys"] = self.folder / "keys"
        self.values["Keys"].mkdir()
        done = openjd("run", BLENDER, *parameters(**self.values, Scene=self.folder / "a.blend", KeyFrames="1-5:2",
                                                  Blender=blender, Threshold=0.0001, Rounds=3))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("still to render: 0 whole frames, 0 boxes", done.stdout)
        self.assertFalse(self.harm.exists(), "a file name was run as a command")
        manifest = json.loads((self.out / "manifest.json").read_text())
        self.assertIn("rendered", [frame["status"] for frame in manifest["frames"]])

    def test_a_part_that_is_not_there_is_named(self):
        done = openjd("run", ALONE, "--step", "Inbetween", "--task-param", "Shard=2", "--no-run-dependencies",
                      *parameters(**self.values))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = openjd("run", ALONE, "--step", "Join", "--no-run-dependencies", *parameters(**self.values))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("openjd_fail", done.stdout)
        self.assertFalse((self.out / "manifest.json").exists())

    def test_what_makes_no_sense_is_refused_before_anything_runs(self):
        for name, value in [("Threads", -1), ("Shards", 0), ("MemoryGB", "much"), ("Threshold", 2), ("Keys", ""), ("Out", "")]:
            with self.subTest(name=name, value=value):
                done = openjd("run", ALONE, *parameters(**{**self.values, name: value}))
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(f"parameter {name} ", done.stdout + done.stderr)
                self.assertFalse(self.out.exists())

    def test_an_input_that_is_not_there_fails_the_task_with_a_word(self):
        done = openjd("run", ALONE, *parameters(**{**self.values, "Keys": self.folder / "nowhere"}))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("openjd_fail: ", done.stdout)
        self.assertIn("nowhere", done.stdout)


reason = install()
if reason:
    print(f"skipped: openjd-cli cannot be installed from PyPI: {reason}")
    sys.exit(77)
del sys.argv[1:4]
unittest.main(verbosity=2)
