"""The hooks of tools/farm/hooks, with stand-ins for what is not here: inbetween, Thinkbox Deadline's API, OpenCue's.

  hooks_test.py <source folder>
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
import xml.etree.ElementTree

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
HOOKS = SOURCE / "tools" / "farm" / "hooks"
NASTY = "shot's \"1\" $(touch harm) `touch harm` ; touch harm\n*"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


class WithFolder(unittest.TestCase):
    """A folder of its own, and in it an `inbetween` that only writes its arguments down."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.calls = self.folder / "calls"
        self.bin = self.folder / "in between"
        self.bin.write_text(f"#!{sys.executable}\nimport json, os, sys\n"
                            f"open({str(self.calls)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
                            "if sys.argv[1] == 'regions' and int(os.environ.get('FAKE_ROUNDS', 0)) > "
                            f"open({str(self.calls)!r}).read().count('\"update\"'):\n"
                            "    print(os.environ['FAKE_RENDERER'])\n"
                            "sys.exit(int(os.environ.get('FAKE_CODE', 0)))\n")
        self.bin.chmod(0o755)
        self.keys = self.folder / NASTY
        self.keys.mkdir()
        self.out = self.folder / ("out " + NASTY)

    def called(self):
        return [json.loads(line) for line in self.calls.read_text().splitlines()] if self.calls.exists() else []

    def environment(self, **more):
        names = {"INBETWEEN_KEYS": str(self.keys), "INBETWEEN_OUT": str(self.out), "INBETWEEN_BIN": str(self.bin), **more}
        return {"PATH": os.environ["PATH"], **{name: value for name, value in names.items() if value is not None}}

    def hook(self, *arguments, **more):
        done = subprocess.run([HOOKS / "post_job.sh", *arguments], env=self.environment(**more), cwd=self.folder,
                              capture_output=True, text=True)
        self.assertFalse((self.folder / "harm").exists(), "a file name was run as a command")
        return done


class PostJob(WithFolder):
    def test_whole_shot_and_report(self):
        done = self.hook()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.called(), [["run", str(self.keys), "-o", str(self.out), "--threads", "0",
                                          "--progress", "lines"], ["report", str(self.out)]])

    def test_every_parameter(self):
        done = self.hook("shard", "3", "16", INBETWEEN_PATTERN="beauty v1.####.exr", INBETWEEN_THRESHOLD="0.05",
                         INBETWEEN_THREADS="4", INBETWEEN_MEMORY="1.5G", INBETWEEN_PROGRESS="openjd")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.called(), [["run", f"{self.keys}/beauty v1.####.exr", "-o", str(self.out), "--threads", "4",
                                          "--progress", "openjd", "--threshold", "0.05", "--memory", "1.5G",
                                          "--shard", "3/16"]])

    def test_check_makes_nothing(self):
        self.assertEqual(self.hook("check").returncode, 0)
        self.assertEqual(self.called()[0][-1], "--dry-run")

    def test_merge_needs_no_keyframes(self):
        self.assertEqual(self.hook("merge", INBETWEEN_KEYS=None).returncode, 0)
        self.assertEqual(self.called(), [["merge", str(self.out)], ["report", str(self.out)]])

    def test_says_what_is_to_be_rendered_and_where_it_is_listed(self):
        self.out.mkdir()
        (self.out / "rerender.txt").write_text("4\n6\n")
        (self.out / "regions.txt").write_text("8 1 96 27 144 54\n")
        for mode in [], ["merge"]:
            self.assertIn("to render: whole frames 2 (rerender.txt), boxes 1 (regions.txt, regions.json), in ",
                          self.hook(*mode).stdout)

    def test_flagged_frames_fail_the_job_only_on_request(self):
        self.hook("merge", INBETWEEN_FAIL_ON_FLAGGED="1")
        self.assertEqual(self.called()[0], ["merge", str(self.out), "--fail-on-flagged"])

    def test_rerender_renders_and_updates_until_nothing_is_left(self):
        rendered = self.folder / "rendered"
        (self.out / "again" / "1").mkdir(parents=True)  # of an earlier job, and not to be taken again
        more = {"INBETWEEN_SCENE": "/show/a.blend", "FAKE_RENDERER": f"echo line >>{rendered}; mkdir -p \"$INBETWEEN_OUT/again/2\""}
        done = self.hook("rerender", FAKE_ROUNDS="2", **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        regions = [["regions", str(self.out), "--next", "--format", "blender", "--scene", "/show/a.blend", "--to",
                    f"{self.out}/again/{k}"] for k in (2, 3, 3)]
        updates = [["update", str(self.out), "--rendered", f"{self.out}/again/{k}"] for k in (2, 3)]
        self.assertEqual(self.called(), [regions[0], updates[0], regions[1], updates[1], regions[2]])
        self.assertEqual(rendered.read_text(), "line\nline\n")

    def test_rerender_that_is_not_done_exits_with_3_and_a_failed_renderer_with_1(self):
        more = {"INBETWEEN_SCENE": "/show/a.blend", "INBETWEEN_ROUNDS": "1", "FAKE_ROUNDS": "2"}
        self.assertEqual(self.hook("rerender", FAKE_RENDERER="true", **more).returncode, 3)
        self.calls.unlink()
        done = self.hook("rerender", FAKE_RENDERER="false", **more)
        self.assertEqual(done.returncode, 1)
        self.assertIn("blender failed in round 1", done.stderr)
        self.assertEqual([call[0] for call in self.called()], ["regions"], "what failed was taken")

    def test_exit_code_of_inbetween_is_passed_on(self):
        for mode in [], ["shard", "1", "2"], ["merge"]:
            for code in 1, 2, 3:
                self.assertEqual(self.hook(*mode, FAKE_CODE=str(code)).returncode, code)
        self.calls.unlink()
        self.hook("merge", FAKE_CODE="2")
        self.assertEqual(self.called(), [["merge", str(self.out)]])  # no report of what could not be joined

    def test_what_makes_no_sense_is_refused_in_one_line(self):
        for arguments, more, words in [
            ([], {"INBETWEEN_KEYS": None}, "INBETWEEN_KEYS is not set"),
            ([], {"INBETWEEN_KEYS": ""}, "INBETWEEN_KEYS is not set"),
            ([], {"INBETWEEN_KEYS": "keys"}, "absolute path"),
            ([], {"INBETWEEN_KEYS": "--help"}, "absolute path"),
            ([], {"INBETWEEN_KEYS": str(self.folder / "nowhere\n")}, "there is no folder"),
            ([], {"INBETWEEN_OUT": None}, "INBETWEEN_OUT is not set"),
            ([], {"INBETWEEN_OUT": "-rf"}, "absolute path"),
            ([], {"INBETWEEN_BIN": str(self.folder / "none")}, "cannot be executed"),
            ([], {"INBETWEEN_PATTERN": "../a.####.exr"}, "INBETWEEN_PATTERN is"),
            ([], {"INBETWEEN_THRESHOLD": "2"}, "INBETWEEN_THRESHOLD is 2"),
            ([], {"INBETWEEN_THRESHOLD": "0.1 --model x"}, "INBETWEEN_THRESHOLD is"),
            ([], {"INBETWEEN_THREADS": "-1"}, "INBETWEEN_THREADS is -1"),
            ([], {"INBETWEEN_THREADS": "a[$(touch harm)]"}, "INBETWEEN_THREADS is"),
            ([], {"INBETWEEN_THREADS": "99999999999999999999"}, "INBETWEEN_THREADS is"),
            ([], {"INBETWEEN_MEMORY": "8"}, "INBETWEEN_MEMORY is 8"),
            ([], {"INBETWEEN_PROGRESS": "bar"}, "INBETWEEN_PROGRESS is bar"),
            ([], {"INBETWEEN_FAIL_ON_FLAGGED": "yes"}, "INBETWEEN_FAIL_ON_FLAGGED is yes"),
            (["rerender"], {}, "INBETWEEN_SCENE is"),
            (["rerender"], {"INBETWEEN_SCENE": "/a", "INBETWEEN_RENDERER": "crayon"}, "INBETWEEN_RENDERER is crayon"),
            (["rerender"], {"INBETWEEN_SCENE": "/a", "INBETWEEN_ROUNDS": "0"}, "INBETWEEN_ROUNDS is 0"),
            (["shard", "0", "4"], {}, "the shard is 0"),
            (["shard", "5", "4"], {}, "the shard is 5"),
            (["shard", "1", "x[$(touch harm)]"], {}, "the number of shards is"),
            (["shard", "1"], {}, "shard needs two numbers"),
            (["merge", "now"], {}, "merge takes no arguments"),
            (["render"], {}, "there is no render"),
        ]:
            with self.subTest(arguments=arguments, more=more):
                done = self.hook(*arguments, **more)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(self.called(), [])


class Event:
    """Deadline's events are lists of callbacks that know += ."""

    def __init__(self):
        self.callbacks = []

    def __iadd__(self, callback):
        self.callbacks.append(callback)
        return self


class Deadline10(WithFolder):
    def setUp(self):
        super().setUp()
        test = self
        self.submitted, self.warnings = [], []
        self.settings = {"PostJobScript": str(HOOKS / "post_job.sh"), "Executable": str(self.bin)}

        class DeadlineEventListener:
            def __init__(self):
                self.OnJobFinishedCallback = Event()

            def GetConfigEntryWithDefault(self, key, default):
                return test.settings.get(key, default)

            def LogInfo(self, text):
                pass

            def LogWarning(self, text):
                test.warnings.append(text)

        class RepositoryUtils:
            @staticmethod
            def CheckPathMapping(path, forward):
                return path

            @staticmethod
            def SubmitJob(files):
                test.submitted.append([dict(line.split("=", 1)
                                            for line in pathlib.Path(file).read_text().splitlines()) for file in files])
                return types.SimpleNamespace(JobId=f"id{len(test.submitted)}")

        modules = {"Deadline": types.ModuleType("Deadline"), "Deadline.Events": types.ModuleType("Deadline.Events"),
                   "Deadline.Scripting": types.ModuleType("Deadline.Scripting")}
        modules["Deadline.Events"].DeadlineEventListener = DeadlineEventListener
        modules["Deadline.Scripting"].RepositoryUtils = RepositoryUtils
        sys.modules.update(modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in modules])
        self.plugin = load(HOOKS / "deadline10" / "Inbetween" / "Inbetween.py")
        self.keys = self.folder / NASTY.replace("\n", "")
        self.keys.mkdir()
        self.out = self.folder / "out's"

    def job(self, **extra):
        return types.SimpleNamespace(
            JobName="sh010", JobBatchName="", JobUserName="td", JobPool="none", JobGroup="cpu", JobPriority=50,
            JobOutputDirectories=[str(self.keys)], JobOutputFileNames=["beauty.????.exr"],
            GetJobExtraInfoKeyValue=lambda key: extra.get(key, ""))

    def finish(self, job):
        listener = self.plugin.GetDeadlineEventListener()
        for callback in listener.OnJobFinishedCallback.callbacks:
            callback(job)
        self.plugin.CleanupDeadlineEventListener(listener)

    def test_a_job_that_did_not_ask_is_left_alone(self):
        self.finish(self.job())
        self.assertEqual(self.submitted + self.warnings, [])

    def test_parts_and_a_join_and_what_they_run(self):
        self.finish(self.job(Inbetween=str(self.out), InbetweenShards="4", InbetweenThreshold="0.05"))
        self.assertEqual(self.warnings, [])
        (parts, command), (join, joinCommand) = self.submitted
        self.assertEqual((parts["Frames"], parts["ChunkSize"]), ("1-4", "1"))
        self.assertEqual(join["JobDependencies"], "id1")
        # What a worker would do with them: put the frame in, and run the executable in the job's environment.
        for info, plugin in self.submitted:
            env = dict(value.split("=", 1) for key, value in info.items() if key.startswith("EnvironmentKeyValue"))
            self.assertEqual(plugin["ShellExecute"], "False")
            subprocess.run([plugin["Executable"], *plugin["Arguments"].replace("<STARTFRAME>", "3").split()], check=True,
                           cwd=self.folder, env={"PATH": os.environ["PATH"], **env})
        self.assertFalse((self.folder / "harm").exists())
        shard, merge, report = self.called()
        self.assertEqual(shard[1], f"{self.keys}/beauty.####.exr")
        self.assertEqual(shard[-2:], ["--shard", "3/4"])
        self.assertEqual((merge, report), (["merge", str(self.out)], ["report", str(self.out)]))

    def test_a_scene_adds_the_job_that_renders_after_all(self):
        self.finish(self.job(Inbetween=str(self.out), InbetweenScene="/show/a.ma", InbetweenRenderer="maya"))
        info, plugin = self.submitted[2]
        self.assertEqual((info["JobDependencies"], plugin["Arguments"]), ("id2", "rerender"))
        self.assertIn("INBETWEEN_SCENE=/show/a.ma", info.values())
        self.assertIn("INBETWEEN_RENDERER=maya", info.values())

    def test_what_makes_no_sense_is_a_warning_and_no_job(self):
        noOutput = self.job(Inbetween="/out")
        noOutput.JobOutputDirectories = []
        for job, words in [(self.job(Inbetween="/out", InbetweenShards="-3"), "InbetweenShards is '-3'"),
                           (self.job(Inbetween="/out\nPlugin=Python"), "control character"),
                           (noOutput, "names no output")]:
            self.finish(job)
            self.assertIn(words, self.warnings[-1])
        self.settings["PostJobScript"] = ""
        self.finish(self.job(Inbetween="/out"))
        self.assertIn("Post Job Script", self.warnings[-1])
        self.assertEqual(self.submitted, [])


class OpenCue(WithFolder):
    """With pyoutline where it is installed (PyPI: opencue_pyoutline), and always with a stand-in for it."""

    def setUp(self):
        super().setUp()
        self.keys = self.folder / NASTY.replace("\n", "")
        self.keys.mkdir()
        self.out = self.folder / "out's"

    def fakeOutline(self):
        class Layer:
            def __init__(self, name, command, env):
                self.name, self.command, self.env, self.depends, self.ran = name, command, env, [], []

            def depend_all(self, layer):
                self.depends.append(layer)

            def system(self, command, frame=None):
                self.ran.append(command)

        modules = {name: types.ModuleType(name) for name in ("outline", "outline.modules", "outline.modules.shell")}
        modules["outline.modules.shell"].Shell = modules["outline.modules.shell"].ShellCommand = Layer
        sys.modules.update(modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in modules])
        return load(HOOKS / "opencue" / "inbetween_outline.py")

    def runCommand(self, command, env):
        # As the host does: a shell, with Cuebot's frame number put in.
        subprocess.run(["bash", "-c", command.replace("#IFRAME#", "3")], check=True, cwd=self.folder,
                       env={"PATH": os.environ["PATH"], **env})
        self.assertFalse((self.folder / "harm").exists())

    def checkCalls(self):
        shard, merge, report = self.called()
        self.assertEqual(shard[1], str(self.keys))
        self.assertEqual(shard[-2:], ["--shard", "3/4"])
        self.assertEqual((merge, report), (["merge", str(self.out)], ["report", str(self.out)]))

    def test_layers_and_their_order(self):
        module = self.fakeOutline()
        layers, render = [], object()
        parts, merge = module.add(types.SimpleNamespace(add_layer=layers.append), render, str(self.keys), str(self.out),
                                  shards=4, bin=str(self.bin), threads=2)
        self.assertEqual(layers, [parts, merge])
        self.assertEqual((parts.depends, merge.depends), ([render], [parts]))
        self.assertEqual(parts.get_frame_range(), "1-4")
        for layer in layers:
            self.runCommand(" ".join(layer.command), layer.env)
        self.checkCalls()
        parts._execute([2])  # launched through pycuerun
        self.assertEqual(parts.ran[0][1:], ["shard", "2", "4"])

    def test_a_scene_adds_the_layer_that_renders_after_all(self):
        module = self.fakeOutline()
        layers = []
        _, merge, rerender = module.add(types.SimpleNamespace(add_layer=layers.append), object(), str(self.keys),
                                        str(self.out), scene="/show/a.ma", renderer="maya")
        self.assertEqual((layers[2], rerender.depends, rerender.command[1]), (rerender, [merge], "rerender"))
        self.assertEqual((rerender.env["INBETWEEN_SCENE"], rerender.env["INBETWEEN_RENDERER"]), ("/show/a.ma", "maya"))

    def test_what_makes_no_sense_is_refused(self):
        module = self.fakeOutline()
        for more, words in [({"shards": 0}, "shards is 0"), ({"shards": "4"}, "shards is '4'"),
                            ({"keys": "keys"}, "absolute path"), ({"out": "/a\nb"}, "control characters"),
                            ({"colour": "red"}, "there is no colour")]:
            with self.assertRaisesRegex(ValueError, words):
                module.add(None, None, **{"keys": "/keys", "out": "/out", **more})

    def test_job_specification_of_the_real_pyoutline(self):
        try:
            import outline
            import outline.cuerun
        except ImportError:
            self.skipTest("pyoutline is not installed (PyPI: opencue_pyoutline)")
        from outline.modules.shell import Shell
        module = load(HOOKS / "opencue" / "inbetween_outline.py")
        job = outline.Outline("sh010", frame_range="1001-1101x2", shot="sh010", show="film", user="td")
        render = Shell("render", command=["render", "#IFRAME#"])
        job.add_layer(render)
        module.add(job, after=render, keys=str(self.keys), out=str(self.out), shards=4, bin=str(self.bin))
        text = outline.cuerun.OutlineLauncher(job).serialize(use_pycuerun=False)
        spec = xml.etree.ElementTree.fromstring(text[text.index("<spec>"):])
        layers = {layer.get("name"): layer for layer in spec.iter("layer")}
        self.assertEqual(layers["inbetween"].findtext("range"), "1-4")  # not cut by the frames of the job
        depends = {(depend.findtext("deplayer"), depend.findtext("onlayer")): depend.get("type")
                   for depend in spec.iter("depend")}
        self.assertEqual(depends, {("inbetween", "render"): "LAYER_ON_LAYER",
                                   ("inbetween_merge", "inbetween"): "LAYER_ON_LAYER"})
        for name in "inbetween", "inbetween_merge":
            env = {key.get("name"): key.text for key in layers[name].iter("key")}
            self.runCommand(layers[name].findtext("cmd"), env)
        self.checkCalls()


unittest.main()
