#!/usr/bin/env python3
"""doc/plugin-tutorial.md, command by command, as an outsider follows it: out of the source tree, from an installed Tallystick."""
import os
import re
import subprocess
import time

from harness import SLOW, Skip, check, main, program

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(TOP, "doc/plugin-tutorial.md")


def install(t):
    """Into a folder of the test's own; the environment of somebody who has it there."""
    build, root = os.path.dirname(program("tallyd")), t.path("installed")
    if not os.path.exists(os.path.join(build, "Makefile")):
        raise Skip("there is no Makefile to install from")
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TALLY_BUILDDIR")}
    p = subprocess.run(["make", "-s", "-C", build, "install", f"DESTDIR={root}"], capture_output=True, text=True, check=False, env=env)
    check(p.returncode == 0, p.stdout[-2000:], p.stderr[-2000:])
    for folder, _, names in os.walk(root):
        if "tallystick-plugin.pc" in names:
            path = os.path.join(folder, "tallystick-plugin.pc")
            break
    with open(path, encoding="utf-8") as f:
        text = f.read()
    prefix = re.search(r"^prefix=(.*)$", text, re.M).group(1)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(prefix, root + prefix))
    return dict(env, PATH=f"{root}{prefix}/bin:{env['PATH']}", PKG_CONFIG_PATH=os.path.dirname(path), HOME=t.path("home"))


def steps():
    """[(commands, refused, lines that must come out)] of the page."""
    with open(PAGE, encoding="utf-8") as f:
        fences = re.findall(r"^```(\S+)( refused)?\n(.*?)^```$", f.read(), re.M | re.S)
    found = []
    for kind, refused, body in fences:
        if kind == "sh":
            found.append((body, bool(refused), []))
        else:
            check(kind == "text" and found, f"a fence of kind {kind}")
            found[-1][2].extend(line for line in body.splitlines() if line)
    return found


class Shell:
    """One shell for the whole page."""

    def __init__(self, t, env, folder):
        self.p = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, cwd=folder)
        t.closers.append(self)

    def run(self, commands):
        """(exit status, output): the first command that fails ends them."""
        body = " &&\n".join(re.sub(r"\\\n\s*", "", commands).strip().splitlines())
        self.p.stdin.write(f"{{ {body}\n}} </dev/null\necho; echo status $?\n".replace("echo; echo status $?", 'said=$?; echo; echo "status $said"'))
        self.p.stdin.flush()
        out = ""
        while not (m := re.search(r"^status (\d+)$", out, re.M)):
            line = self.p.stdout.readline()
            check(line, f"the shell ended after {commands!r}: {out}")
            out += line
        return int(m.group(1)), out

    def close(self):
        if self.p.poll() is None:
            self.p.stdin.write("tally stop >/dev/null 2>&1\nexit\n")
            self.p.stdin.close()
            self.p.wait(20 * SLOW)


def tutorial(t):
    env, folder = install(t), t.path("empty")
    os.makedirs(folder)
    os.makedirs(env["HOME"])
    at = time.monotonic()
    shell, page = Shell(t, env, folder), steps()
    check(len(page) >= 10, "the page has no commands")
    for commands, refused, wanted in page:
        status, out = shell.run(commands.replace("sleep 4", f"sleep {4 + 2 * SLOW}"))
        check((status != 0) == refused, f"exit {status} of:\n{commands}\n{out}")
        for line in wanted:
            check(line in out, f"{line!r} does not come out of:\n{commands}\n{out}")
    status, out = shell.run("cd ..\ntally plugin new gov_simple\ncd gov_simple\nmake check")
    check(status == 0 and "gov_simple 1.0.0" in out and "none both ways" in out, out)
    check(time.monotonic() - at < 600, "it took more than ten minutes")


if __name__ == "__main__":
    main(tutorial)
