#!/usr/bin/env python3
"""P7: each shipped rule, and each that `tally plugin new` starts, built by gcc and clang with -O0 and -O3: the same answers to its vectors and to
random questions, over memory filled with 0x00 and with 0xAA, for the same gas. TALLY_QUESTIONS: how many for each build."""
import glob
import os
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


if __name__ == "__main__":
    main(P7_four_builds)
