"""Runs the steps of a Dockerfile without a docker daemon, for the instructions that ours uses.

Each stage is an overlay over a base folder: this machine's root for an image with tools, an empty folder for `scratch`.
Needs root and overlayfs; nothing outside of the work folder is changed."""

import ctypes
import fnmatch
import json
import os
import pathlib
import shlex
import shutil
import subprocess

PR_SET_NO_NEW_PRIVS = 38

class Stage:
    def __init__(self, folder, image):
        self.image = image
        self.upper, self.work = folder / "upper", folder / "work"
        self.upper.mkdir(parents=True)
        self.work.mkdir()
        self.cwd, self.env, self.args = "/", {}, {}
        self.user = self.entrypoint = self.cmd = self.healthcheck = None
        self.volumes = []

    def path(self, inside):
        return self.upper / str(pathlib.PurePosixPath(self.cwd, inside)).lstrip("/")


def instructions(text):
    """(name, arguments) of each instruction. Comments are removed, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        yield name.upper(), rest.strip()


def context(root, target):
    """Copies the files under version control that .dockerignore lets through."""
    rules = [r for r in (root / ".dockerignore").read_text().splitlines() if r.strip() and not r.startswith("#")]
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                           check=True, capture_output=True, text=True).stdout.split("\0")

    def is_sent(file):
        sent = True
        for rule in rules:
            pattern = rule.removeprefix("!").rstrip("/")
            if fnmatch.fnmatch(file, pattern) or file.startswith(pattern + "/") or pattern == "*":
                sent = rule.startswith("!")
        return sent

    for file in filter(is_sent, filter(None, files)):
        if (root / file).is_file():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / file, target / file)


def copy(source, target, owner):
    """COPY: the content of a folder, or a file into a folder if the target ends with /."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
        os.chmod(target, source.stat().st_mode & 0o7777)
    else:
        target = target / source.name if str(target).endswith("/") or target.is_dir() else target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    if owner:
        for path in [target, *target.rglob("*")]:
            os.chown(path, *owner, follow_symlinks=False)


def build(root, work, args, run):
    """Builds all stages and returns the last one. `run(stage, command)` may run a command instead of the stage's shell and
    return true."""
    sent = work / "context"
    sent.mkdir(parents=True)
    context(root, sent)
    stages, stage = {}, None
    for name, rest in instructions((root / "Dockerfile").read_text()):
        if name == "FROM":
            words = rest.split()
            alias = words[2] if len(words) == 3 else str(len(stages))
            stage = stages[alias] = Stage(work / f"stage-{len(stages)}", words[0])
        elif name == "ARG":
            key, _, default = rest.partition("=")
            stage.args[key] = args.get(key, default)
        elif name == "WORKDIR":
            stage.cwd = rest
            stage.path(".").mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            words = rest.split()
            flags = dict(w.removeprefix("--").split("=") for w in words if w.startswith("--"))
            *sources, target = [w for w in words if not w.startswith("--")]
            base = stages[flags["from"]].upper if "from" in flags else sent
            owner = [int(n) for n in flags["chown"].split(":")] if "chown" in flags else None
            for source in sources:
                copy(base / source.lstrip("/"), stage.path(target), owner)
        elif name == "RUN":
            if not run(stage, rest):
                shell(stage, rest)
        elif name == "ENV":
            stage.env.update(w.split("=", 1) for w in shlex.split(rest))
        elif name == "USER":
            stage.user = [int(n) for n in rest.split(":")]
        elif name == "VOLUME":
            stage.volumes.append(rest)
        elif name in ("ENTRYPOINT", "CMD"):
            setattr(stage, name.lower(), json.loads(rest))
        elif name == "HEALTHCHECK":
            stage.healthcheck = json.loads(rest[rest.index("CMD") + 3:])
        elif name != "EXPOSE":
            raise AssertionError(f"the test does not know the instruction {name}")
    return stages, stage


def shell(stage, command):
    """RUN: in the stage's files over this machine's root, with the network and the folders of cargo."""
    merged = stage.upper.parent / "merged"
    merged.mkdir(exist_ok=True)
    script = """set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1,workdir=$2" "$3"
for folder in /proc /dev /tmp "$HOME"; do mount --rbind "$folder" "$3$folder"; done
if [ -n "${HAIBAO_TEST_TARGET:-}" ]; then mkdir -p "$3$4/target"; mount --bind "$HAIBAO_TEST_TARGET" "$3$4/target"; fi
cd "$3"; exec chroot . sh -c "cd '$4' && $5" """
    kept = {k: os.environ[k] for k in ("PATH", "HOME", "HAIBAO_TEST_TARGET") if k in os.environ}
    environment = {**kept, **stage.env, **stage.args}
    subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", stage.upper, stage.work, merged, stage.cwd, command],
                   check=True, env=environment)


def launch(stage, arguments=None, env=None, **options):
    """Starts the container's program, or `arguments`, in the files of the stage alone, as its user, in its working directory
    and with its environment. Leaving root drops all capabilities."""
    uid, gid = stage.user
    libc = ctypes.CDLL(None, use_errno=True)

    def enter():
        os.chroot(stage.upper)
        os.chdir(stage.cwd)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")

    program = arguments or [*stage.entrypoint, *stage.cmd]
    return subprocess.Popen(program, env={**stage.env, **(env or {})}, preexec_fn=enter, stdin=subprocess.DEVNULL, **options)
