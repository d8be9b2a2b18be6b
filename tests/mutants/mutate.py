#!/usr/bin/env python3
"""Changes the sources of the shipped models, one operator at a time, and tells which changes the checks catch.

    mutate.py BUILD [--count N] [--seed S]

BUILD is the build directory of the test preset, with the target shipped_models built. Each mutant is compiled and linked
beside it, never in place. Printed as a table in Markdown: a mutant that does not compile is left out.
"""
import argparse
import json
import os
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What EM runs on, in each file; refusals of bad input and the choice of starts have tests of their own.
FUNCTIONS = {
    "models/coin_mixture.cpp": [
        "operator\\+=", "operator\\*=", "e_step", "complete_statistics", "proportion", "m_step", "expected_log_joint",
        "parameters", "set_parameters", "free_parameters", "posterior", "draw"],
    "models/gaussian_mixture.cpp": [
        "outer", "log_determinant_of", "trace_of_solve_of", "colour", "log_normaliser", "sum_statistics", "move_scatter",
        "moved", "operator\\+=", "operator\\*=", "shifts_of", "maximising_covariances", "e_step", "complete_statistics",
        "m_step", "expected_log_joint", "log_prior", "unconstrained", "covariance_from", "parameters", "set_parameters",
        "free_parameters", "posterior", "sample"],
    "models/incomplete_gaussian.cpp": [
        "add", "log_density", "complete", "add_residual", "moved_scatter", "moved", "operator\\+=", "operator\\*=",
        "e_step", "m_step", "log_likelihood", "expected_log_joint", "log_prior", "parameters", "set_parameters",
        "free_parameters"],
}

# Each is tried wherever it fits, once a place.
CHANGES = [
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r" \+= ", " -= "), (r" -= ", " += "),
    (r" \*= ", " /= "), (r" /= ", " *= "), (r"\b0\.5\b", "1.0"), (r"\b2\.0\b", "1.0"), (r"(?<=[( ,])-(?=[a-z0-9(])", ""),
    (r"\[k\]", "[0]"), (r"\.log1p\(\)", ".log()"), (r" - 1\b", ""), (r" \+ 1\b", ""), (r"std::sqrt\(", "("),
    (r" < ", " <= "),
]


def lines_of_functions(text, names):
    """The numbers (from 0) of the lines inside of the functions of these names."""
    heading = re.compile(r"^ *[^ /].*\b(?:" + "|".join(names) + r")\([^;]*$")
    inside, chosen = None, []
    for number, line in enumerate(text):
        if inside is None:
            if heading.match(line) and not line.strip().startswith(("return", "if", "for", "const auto")):
                indent = len(line) - len(line.lstrip())
                opened = line.rstrip().endswith("{") or not line.rstrip().endswith("}")
                if opened:
                    inside = indent
                else:
                    chosen.append(number)
        elif line.rstrip() == " " * inside + "}":
            inside = None
        else:
            chosen.append(number)
    return chosen


def mutants():
    for path, names in FUNCTIONS.items():
        text = (ROOT / path).read_text().splitlines()
        for number in lines_of_functions(text, names):
            line = text[number]
            if '"' in line or line.strip().startswith("//") or "template" in line or "Matrix&" in line:
                continue
            code = line.split("  //")[0]
            for pattern, replacement in CHANGES:
                for found in re.finditer(pattern, code):
                    changed = code[:found.start()] + replacement + code[found.end():]
                    if changed != code:
                        yield path, number, changed


def fate(build, commands, link, path, number, changed):
    """What became of a mutant: None where it does not compile."""
    where = build / "mutants"
    where.mkdir(exist_ok=True)
    text = (ROOT / path).read_text().splitlines()
    text[number] = changed
    source = where / Path(path).name
    source.write_text("\n".join(text) + "\n")
    mutated = where / (Path(path).name + ".o")
    words = [word for word in shlex.split(commands[path]) if word != "-Werror"]
    words[words.index("-o") + 1] = str(mutated)
    words[words.index("-c") + 1] = str(source)
    if subprocess.run(words + ["-w"], cwd=build, capture_output=True).returncode != 0:
        return None
    program = where / "shipped_models"
    linked = link.replace("liblatent_models.a", f"{shlex.quote(str(mutated))} liblatent_models.a", 1)
    linked = re.sub(r"-o \S+", f"-o {shlex.quote(str(program))}", linked, count=1)
    subprocess.run(linked, shell=True, cwd=build, check=True, capture_output=True)
    try:
        run = subprocess.run([str(program)], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "killed", "it does not end"
    if run.returncode == 0:
        return "SURVIVED", ""
    failed = sorted(set(line.split(" ")[0] for line in run.stdout.splitlines()))
    return "killed", ", ".join(failed) or "it crashes"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build", type=lambda path: Path(path).resolve())
    options.add_argument("--count", type=int, default=60, help="how many, drawn at random; 0 means all")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()

    units = json.loads((given.build / "compile_commands.json").read_text())
    commands = {os.path.relpath(unit["file"], ROOT): unit["command"] for unit in units}
    steps = subprocess.run(["ninja", "-t", "commands", "bin/shipped_models"], cwd=given.build, capture_output=True,
                           text=True, check=True).stdout.splitlines()
    link = steps[-1]

    candidates = list(mutants())
    if given.count:
        candidates = sorted(random.Random(given.seed).sample(candidates, min(given.count, len(candidates))))
    print(f"{len(candidates)} of {len(list(mutants()))} mutants", file=sys.stderr)
    killed = survived = 0
    print("| where | the line as changed | | by |\n|---|---|---|---|")
    for path, number, changed in candidates:
        result = fate(given.build, commands, link, path, number, changed)
        if result is None:
            continue
        killed += result[0] == "killed"
        survived += result[0] != "killed"
        shown = changed.strip().replace("|", "\\|")
        print(f"| {Path(path).name}:{number + 1} | `{shown}` | {result[0]} | {result[1]} |", flush=True)
    print(f"\n{killed} killed, {survived} survived.")


if __name__ == "__main__":
    main()
