"""Event plugin for Thinkbox Deadline 10: when a render job finishes, its in-betweens are made.

Copy this folder to <repository>/custom/events/Inbetween, set "Post Job Script" to the path of post_job.sh as the workers
see it, and enable the plugin. A job asks for in-betweens with an entry of its extra info:

    ExtraInfoKeyValue0=Inbetween=/show/sh010/out      the folder for what is made
    ExtraInfoKeyValue1=InbetweenShards=16             parts, each a task (default: the plugin's setting)
    ExtraInfoKeyValue2=InbetweenThreshold=0.0316      (default: the tool's)
    ExtraInfoKeyValue3=InbetweenScene=/show/sh010.blend   render what is asked for from it (default: only list it)
    ExtraInfoKeyValue4=InbetweenRenderer=blender      or arnold, renderman, maya, vray

Two CommandLine jobs follow it: the parts, and a job that joins them once all parts are complete; with a scene, a third
renders the frames and boxes that are asked for and puts them in. They are listed in the output folder: rerender.txt
(whole frames), regions.txt (boxes), regions.json (both). The keyframes are the job's first output.

Tested with a stand-in for Deadline's API (tests/farm/hooks_test.py), not on a running Deadline.
"""

import os
import tempfile

from Deadline.Events import DeadlineEventListener
from Deadline.Scripting import RepositoryUtils


def GetDeadlineEventListener():
    return InbetweenListener()


def CleanupDeadlineEventListener(listener):
    listener.Cleanup()


class InbetweenListener(DeadlineEventListener):
    def __init__(self):
        try:
            super().__init__()  # wanted by Deadline 10.3 and later
        except TypeError:
            pass
        self.OnJobFinishedCallback += self.OnJobFinished

    def Cleanup(self):
        del self.OnJobFinishedCallback

    def OnJobFinished(self, job):
        out = job.GetJobExtraInfoKeyValue("Inbetween")
        if not out:
            return
        try:
            self.submit(job, out)
        except ValueError as problem:
            # An exception would be shown as an error of the plugin and its traceback; the job itself is fine.
            self.LogWarning(f"Inbetween: {job.JobName}: no in-betweens: {problem}")

    def submit(self, job, out):
        directories, names = list(job.JobOutputDirectories), list(job.JobOutputFileNames)
        if not directories or not names:
            raise ValueError("the job names no output; set its OutputDirectory0 and OutputFilename0")
        hook = self.GetConfigEntryWithDefault("PostJobScript", "").strip()
        if not os.path.isabs(hook):
            raise ValueError("set 'Post Job Script' in the plugin's settings to the absolute path of post_job.sh")
        shards = wholeNumber("InbetweenShards", job.GetJobExtraInfoKeyValue("InbetweenShards")
                             or self.GetConfigEntryWithDefault("Shards", "16"))
        environment = {
            "INBETWEEN_KEYS": RepositoryUtils.CheckPathMapping(directories[0], True),
            "INBETWEEN_OUT": RepositoryUtils.CheckPathMapping(out, True),
            "INBETWEEN_PATTERN": names[0].replace("?", "#"),  # some applications pad with '?'
            "INBETWEEN_THRESHOLD": job.GetJobExtraInfoKeyValue("InbetweenThreshold") or "",
            "INBETWEEN_SCENE": RepositoryUtils.CheckPathMapping(job.GetJobExtraInfoKeyValue("InbetweenScene") or "", True),
            "INBETWEEN_RENDERER": job.GetJobExtraInfoKeyValue("InbetweenRenderer") or "",
            "INBETWEEN_BIN": self.GetConfigEntryWithDefault("Executable", "inbetween"),
        }
        parts = self.submitJob(job, "in-betweens", environment, hook,
                               {"Frames": f"1-{shards}"}, f"shard <STARTFRAME> {shards}")
        join = self.submitJob(job, "join in-betweens", environment, hook,
                              {"Frames": "0", "JobDependencies": parts.JobId}, "merge")
        if environment["INBETWEEN_SCENE"]:
            self.submitJob(job, "render after all", environment, hook,
                           {"Frames": "0", "JobDependencies": join.JobId}, "rerender")
        self.LogInfo(f"Inbetween: {job.JobName}: submitted {shards} parts, and a job that joins them")

    def submitJob(self, job, what, environment, hook, more, arguments):
        """All that comes from the job goes by the environment, so that no name has to be quoted for a command line."""
        info = {"Plugin": "CommandLine", "Name": f"{job.JobName} [{what}]", "BatchName": job.JobBatchName or job.JobName,
                "UserName": job.JobUserName, "Pool": job.JobPool, "Group": job.JobGroup, "Priority": job.JobPriority,
                "ChunkSize": 1, "OutputDirectory0": environment["INBETWEEN_OUT"], **more}
        for i, (name, value) in enumerate(sorted(environment.items())):
            info[f"EnvironmentKeyValue{i}"] = f"{name}={value}"
        plugin = {"Executable": hook, "Arguments": arguments, "Shell": "default", "ShellExecute": False,
                  "StartupDirectory": "", "SingleFramesOnly": True}
        with tempfile.TemporaryDirectory() as folder:
            files = [writeInfo(os.path.join(folder, "job_info.job"), info),
                     writeInfo(os.path.join(folder, "plugin_info.job"), plugin)]
            return RepositoryUtils.SubmitJob(files)


def writeInfo(file, entries):
    """key=value lines: a line break in a value would become another entry, so it is refused."""
    for key, value in entries.items():
        if any(ord(letter) < 32 for letter in str(value)):
            raise ValueError(f"{key} has a control character: {value!r}")
    with open(file, "w", encoding="utf-8") as stream:
        stream.writelines(f"{key}={value}\n" for key, value in entries.items())
    return file


def wholeNumber(name, text):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100000:
        raise ValueError(f"{name} is {text!r}; give a whole number from 1 to 100000")
    return int(text)
