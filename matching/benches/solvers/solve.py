#!/usr/bin/env python3
"""A season in the format peer-season/1 given to a general solver, for comparison with `peer-challenge plan`.

    python3 -m venv venv && venv/bin/pip install ortools highspy
    venv/bin/python matching/benches/solvers/solve.py cp-sat SEASON.json --seconds 60 --threads 2 --out PLAN.json
    venv/bin/python matching/benches/solvers/solve.py highs  SEASON.json --seconds 60 --threads 2 --out PLAN.json

The model is the usual one: a variable for each person in each slot group of each window, with every rule of the format and the
whole objective but the balance of parties. The seconds are the solver's: building the model, in Python, is not counted against it and
printed beside. Prints value, bound, gap and the time that the solver took. Not part of the build.
"""

import argparse
import gzip
import json
import math
import time
from collections import defaultdict


def load(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def allowed(season, challenge, window, peer):
    """Whether no rule keeps a person away, other people aside."""
    councils, rules = season["councils"], season["rules"]
    host, home = councils[challenge["host"]], councils[peer["council"]]
    late = lambda day, days: window["start"] - day < days
    return not (
        host["id"] == home["id"]
        or home["id"] in host["neighbours"]
        or host["id"] in home["neighbours"]
        or host["id"] in peer["conflicts"]
        or any(first <= window["end"] and window["start"] <= last for first, last in peer["unavailable"])
        or any(e["council"] == host["id"] and late(e["until"], rules["employed_days"]) for e in peer["employed"])
        or any(r["council"] == host["id"] and late(r["day"], rules["reviewed_days"]) for r in peer["reviewed"])
        or (host["id"], home["id"]) in season["recent"] and late(season["recent"][host["id"], home["id"]], rules["reciprocal_days"])
    )


def place_points(season, challenge, home):
    weights, councils = season["weights"], season["councils"]
    host, home = councils[challenge["host"]], councils[home]
    likeness = dict(map(tuple, host["sisters"])).get(home["id"], 0)
    distance = math.isqrt((host["x"] - home["x"]) ** 2 + (host["y"] - home["y"]) ** 2)
    return weights["seat"] * challenge["priority"] + weights["affinity"] * likeness // 100 - distance // weights["km_per_point"]


class CpSat:
    name = "CP-SAT"

    def __init__(self):
        from ortools.sat.python import cp_model

        self.lib, self.model, self.variables, self.points = cp_model, cp_model.CpModel(), [], []

    def binary(self, points=0):
        variable = self.model.NewBoolVar("")
        if points:
            self.variables.append(variable)
            self.points.append(points)
        return variable

    def at_most(self, parts, limit):
        variables = [variable for _, variable in parts]
        self.model.Add(self.lib.LinearExpr.weighted_sum(variables, [factor for factor, _ in parts]) <= limit)

    def solve(self, seconds, threads):
        self.model.Maximize(self.lib.LinearExpr.weighted_sum(self.variables, self.points))
        solver = self.lib.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = threads
        status = solver.Solve(self.model)
        if status not in (self.lib.OPTIMAL, self.lib.FEASIBLE):
            return None, None, None
        return lambda variable: solver.Value(variable) > 0.5, solver.ObjectiveValue(), solver.BestObjectiveBound()


class Highs:
    name = "HiGHS"

    def __init__(self):
        import highspy

        self.lib, self.costs, self.rows = highspy, [], []

    def binary(self, points=0):
        self.costs.append(points)
        return len(self.costs) - 1

    def at_most(self, parts, limit):
        row = defaultdict(int)
        for factor, variable in parts:
            row[variable] += factor
        self.rows.append((dict(row), limit))

    def solve(self, seconds, threads):
        import numpy as np

        lp = self.lib.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.rows)
        lp.col_cost_ = np.array([-float(cost) for cost in self.costs])
        lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
        lp.row_lower_ = np.full(lp.num_row_, -self.lib.kHighsInf)
        lp.row_upper_ = np.array([float(limit) for _, limit in self.rows])
        starts, index, value = [0], [], []
        for row, _ in self.rows:
            index.extend(row.keys())
            value.extend(float(factor) for factor in row.values())
            starts.append(len(index))
        lp.a_matrix_.format_ = self.lib.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = np.array(starts), np.array(index), np.array(value)
        lp.integrality_ = [self.lib.HighsVarType.kInteger] * lp.num_col_
        highs = self.lib.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("time_limit", float(seconds))
        highs.setOptionValue("threads", threads)
        highs.passModel(lp)
        highs.run()
        info = highs.getInfo()
        if info.primal_solution_status != 2:
            return None, None, -info.mip_dual_bound
        solution = highs.getSolution().col_value
        return lambda variable: solution[variable] > 0.5, -info.objective_function_value, -info.mip_dual_bound


def build(season, solver):
    """Every rule and point of the season; gives the variables of people by (challenge, window, role, peer)."""
    rules, weights = season["rules"], season["weights"]
    taken, plays = {}, {}
    person, days, week, pair = defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list)
    for challenge in season["challenges"]:
        c, host = challenge["id"], challenge["host"]
        points = [place_points(season, challenge, council["id"]) for council in season["councils"]]
        for w, window in enumerate(challenge["windows"]):
            plays[c, w] = solver.binary(weights["preference"] * window["preference"])
            role_of, home_of, region_of, theme_of, once = (defaultdict(list) for _ in range(5))
            for peer in season["peers"]:
                roles = [role for role in peer["roles"] if challenge["seats"].get(role, 0) > 0]
                if not roles or not allowed(season, challenge, window, peer):
                    continue
                p, home = peer["id"], peer["council"]
                for role in roles:
                    variable = taken[c, w, role, p] = solver.binary(points[home])
                    role_of[role].append(variable)
                    home_of[home].append(variable)
                    region_of[season["councils"][home]["region"]].append(variable)
                    for theme in peer["themes"]:
                        if theme in challenge["themes"]:
                            theme_of[theme].append(variable)
                    once[p].append(variable)
                    person[p].append(variable)
                    days[p].append((window["start"], window["end"] + rules["rest_days"], variable))
                    for number in range(window["start"] // 7, window["end"] // 7 + 1):
                        week[home, number].append(variable)
                    pair[home, host].append(variable)
            open_now = [(-1, plays[c, w])]
            for role, variables in role_of.items():
                solver.at_most([(1, v) for v in variables] + [(-challenge["seats"][role], plays[c, w])], 0)
            for variables in once.values():
                solver.at_most([(1, v) for v in variables] + open_now, 0)
            for variables in home_of.values():
                if len(variables) > rules["max_per_home"]:
                    solver.at_most([(1, v) for v in variables], rules["max_per_home"])
            own = season["councils"][host]["region"]
            for region, variables in region_of.items():
                most = min(rules["max_per_region"], rules["max_host_region"] if region == own else 10**6)
                solver.at_most([(1, v) for v in variables], most)
                if weights["spread"]:
                    there = solver.binary(weights["spread"])
                    solver.at_most([(1, there)] + [(-1, v) for v in variables], 0)
            for theme, variables in theme_of.items():
                known = solver.binary(weights["theme"] * challenge["themes"][theme])
                solver.at_most([(1, known)] + [(-1, v) for v in variables], 0)
        solver.at_most([(1, plays[c, w]) for w in range(len(challenge["windows"]))], 1)
    for peer in season["peers"]:
        p, variables = peer["id"], person[peer["id"]]
        if not variables:
            continue
        # The n-th challenge costs 2 × load × (n − 1).
        steps = [solver.binary(-2 * weights["load"] * n) for n in range(min(peer["capacity"], len(season["challenges"])))]
        solver.at_most([(1, v) for v in variables] + [(-1, step) for step in steps], 0)
        for start in sorted({start for start, _, _ in days[p]}):
            here = [v for first, last, v in days[p] if first <= start <= last]
            if len(here) > 1:
                solver.at_most([(1, v) for v in here], 1)
    for variables in week.values():
        if len(variables) > rules["max_council_week"]:
            solver.at_most([(1, v) for v in variables], rules["max_council_week"])
    for (home, host), variables in pair.items():
        back = pair.get((host, home), [])
        if home < host and back:
            there = solver.binary()
            solver.at_most([(1, v) for v in variables] + [(-len(variables), there)], 0)
            solver.at_most([(1, v) for v in back] + [(len(back), there)], len(back))
    return taken, plays


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("solver", choices=["cp-sat", "highs"])
    parser.add_argument("season")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    season = load(arguments.season)
    season["recent"] = {}
    for past in season["history"]:
        key = past["supplier"], past["host"]
        season["recent"][key] = max(past["day"], season["recent"].get(key, past["day"]))
    started = time.monotonic()
    solver = CpSat() if arguments.solver == "cp-sat" else Highs()
    taken, plays = build(season, solver)
    built = time.monotonic() - started
    print(f"{solver.name}: {len(taken)} places, model built in {built:.1f} s", flush=True)
    chosen, value, bound = solver.solve(arguments.seconds, arguments.threads)
    took = time.monotonic() - started - built
    if chosen is None:
        print(f"{solver.name}: no plan after {took:.1f} s, bound {bound}")
        return
    gap = 100 * (bound - value) / max(1, abs(value))
    print(f"{solver.name}: value {value:.0f}, bound {bound:.0f}, gap {gap:.3f} % after {took:.1f} s")
    if arguments.out:
        assignments = [{"challenge": c, "window": w, "team": []} for (c, w), v in plays.items() if chosen(v)]
        of = {(one["challenge"], one["window"]): one["team"] for one in assignments}
        for (c, w, role, p), variable in taken.items():
            if chosen(variable):
                of[c, w].append({"role": role, "peer": p})
        plan = {"assignments": assignments, "objective": round(value), "bound": math.floor(bound + 1e-6), "status": "FEASIBLE"}
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump(plan, file)


if __name__ == "__main__":
    main()
