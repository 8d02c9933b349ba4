#!/usr/bin/env python3
"""P7: each shipped rule, and each that `tally plugin new` starts, built by gcc and clang with -O0 and -O3: the same answers to its vectors and to
random questions, over memory filled with 0x00 and with 0xAA, for the same gas. TALLY_QUESTIONS: how many for each build."""
import glob
import os
import re
import shutil

from harness import Skip, check, equal, main, program, run
from rulekit import TOP, build, shipped

QUESTIONS = os.environ.get("TALLY_QUESTIONS", "500")


def ask(path):
    return run([program("tests/unit/rule_random"), path, QUESTIONS], timeout=300)


def P7_four_builds(t):
    compilers = [c for c in ("gcc", "clang") if shutil.which(c)]
    program("tests/unit/rule_random")
    sources = sorted(glob.glob(f"{TOP}/plugins/*_*.c") + glob.glob(f"{TOP}/plugins/template/[!t]*_mine.c"))
    without = []
    check(len(sources) >= 6, "rules to build", *sources)
    for source in sources:
        name = os.path.basename(source)[:-2]
        if "TALLY_VECTORS(" not in open(source, encoding="utf-8").read():
            without.append(name)
            continue
        answers = {}
        for compiler in compilers:
            for optimize in ("-O0", "-O3"):
                path = build(source, t.path(f"{name}{compiler}{optimize}.so"), compiler=compiler, optimize=optimize)
                answers[compiler + optimize] = ask(path)
        if "template" not in source:
            answers["shipped"] = ask(shipped(name))
        first = next(iter(answers.values()))
        for how, said in answers.items():
            equal(said, first, f"{name} built by {how}")
        check(" 0 answered" not in first, first)
        print(first.strip())
    check(not without, "rules without vectors:", *without)
    if len(compilers) < 2:
        raise Skip("clang is not here: gcc's builds agree")


def every_rule_has_its_page(t):
    """doc/plugins/NAME.md of each shipped rule names each reason, and doc/plugins.md the page."""
    with open(f"{TOP}/doc/plugins.md", encoding="utf-8") as f:
        index = f.read()
    for path in sorted(glob.glob(os.path.dirname(shipped("x")) + "/*.so")):
        name = os.path.basename(path)[:-3]
        check(f"plugins/{name}.md" in index, f"doc/plugins.md doesn't name {name}")
        with open(f"{TOP}/doc/plugins/{name}.md", encoding="utf-8") as f:
            page = f.read()
        with open(f"{TOP}/plugins/{name}.c", encoding="utf-8") as f:
            listed = re.search(r"reasons\[\] = \{(.*?)\};", f.read(), re.S).group(1)
        reasons = re.findall(r'"([A-Z0-9_]+)"', listed)
        missing = [r for r in reasons if r not in page]
        check(reasons and not missing, f"{name}: reasons that its page doesn't explain:", *missing)


if __name__ == "__main__":
    main(every_rule_has_its_page, P7_four_builds)
