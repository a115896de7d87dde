# On a fresh machine with git, make and Python 3.10 or newer, `make demo` and `make test` each need nothing before them.
# torch comes with `make test` alone: `make demo`, `make check` and `make test-core` are without it.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
RECIPE := setup.cfg pyproject.toml constraints.txt
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist worksteal
PAGE := $(BIN)/python bench/page.py
# Films by the hundred and texts by the thousand: without the checks of shapes and types at every call, which all other tests have.
SWEEPS := $(addprefix tests/test_,$(addsuffix .py,apart films formats once_refused planes redteam redteam_films reward seal shots skins sweep weaknesses))
UNCHECKED := --override-ini addopts='--strict-markers --strict-config'

.PHONY: help demo train-tiny test test-core check docs release-check golden bench bench-puzzles bench-films bench-verifiers bench-scoring bench-rl mutation clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make demo    levels, films, verdicts and a ranking, in demo/"
	@echo "make train-tiny    a tiny video model is taught by films, then by the verifier, and ranked, in train-tiny/"
	@echo "make test    all checks, then all tests"
	@echo "make test-core    the same without torch and the tests that need it, in tests/rl"
	@echo "make check   format, lint, types, and the arrows between folders"
	@echo "make docs    the pages as a site, in build/docs/index.html"
	@echo "make release-check    wheel and sdist, and the demo from the wheel alone, in build/release"
	@echo "make bench   all measurements, whose results are committed in bench/; all but bench-rl"
	@echo "make bench-scoring    what scoring adds to judging, and how fast the site is built"
	@echo "make mutation    the rules broken in every small way, and which of it the tests notice: some ten minutes"
	@echo "make bench-rl    SDE-GRPO against more SFT, three seeds: hours"
	@echo "make golden  write the golden files anew; read the diff before you commit it"
	@echo "make clean   remove what make has made"

demo: .venv/base.stamp
	$(BIN)/puzzlereel demo --out demo

# Minutes on two cores. What was stopped goes on from its last checkpoint when the command is given again.
train-tiny: .venv/rl.stamp
	$(BIN)/puzzlereel train sft --out $@/sft
	$(BIN)/puzzlereel train grpo $@/sft --out $@/grpo
	$(BIN)/puzzlereel generate --out $@/data --puzzle maze --tier tiny --split test --count 60 --frames 21 --height 112 --width 112
	for run in sft grpo; do \
		$(BIN)/puzzlereel train plot $@/$$run && \
		$(BIN)/puzzlereel sample --policy $@/$$run --data $@/data --out $@/submissions/$$run && \
		$(BIN)/puzzlereel score $@/submissions/$$run --data $@/data --out $@/results/$$run.json || exit 1; \
	done
	$(BIN)/puzzlereel leaderboard $@/results/sft.json $@/results/grpo.json --out $@/board

test: check .venv/rl.stamp
	$(PYTEST) $(addprefix --ignore=,$(SWEEPS))
	$(PYTEST) $(UNCHECKED) $(SWEEPS)

test-core: check
	$(PYTEST) $(addprefix --ignore=,$(SWEEPS) tests/rl)
	$(PYTEST) $(UNCHECKED) $(SWEEPS)

# numpy before 2.3, the last for Python 3.10, wants type arguments of every array; jaxtyping says the dtype itself.
check: .venv/dev.stamp
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy $$($(BIN)/python -c 'import sys; print("--allow-any-generics" * (sys.version_info < (3, 11)))')
	$(BIN)/python -m pytest -q tests/test_arrows.py

# Strictly: a link or an anchor that leads nowhere fails. Not with --quiet, under which MkDocs counts no warnings.
docs: .venv/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# The wheel is made from the sdist, and is all that the last environment has: no checkout, no test.
release-check: RELEASE := $(abspath build/release)
release-check: export PYTHONPATH :=
release-check: .venv/dev.stamp
	rm -rf build/lib $(RELEASE)
	$(BIN)/python -m build --outdir $(RELEASE)/dist
	$(PYTHON) -m venv $(RELEASE)/venv
	$(RELEASE)/venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(RELEASE)/dist/*.whl
	cd $(RELEASE) && venv/bin/puzzlereel demo --out demo --count 1
	cd $(RELEASE) && venv/bin/puzzlereel gallery --out gallery && venv/bin/puzzlereel reproduce --count 1 --policy oracle

golden: .venv/dev.stamp
	$(BIN)/python -m pytest tests/test_golden.py --rewrite

# Each writes bench/README.md anew, from whatever is recorded.
bench: bench-puzzles bench-films bench-verifiers bench-scoring

# Other people's generators live in an environment of their own; what cannot be installed is named in the table.
bench-puzzles: .venv/base.stamp
	test -d .venv-peers || $(PYTHON) -m venv .venv-peers
	for peer in 'maze-dataset muutils<0.9' reasoning-gym gym-sokoban; do .venv-peers/bin/pip install --quiet $$peer || true; done
	$(BIN)/python bench/puzzles.py
	$(PAGE)

bench-films: .venv/base.stamp
	$(BIN)/python bench/films.py
	$(PAGE)

# Hours: 5400 films of the red team, the ground truth of every puzzle, tier, skin, style and codec, and every mutant.
bench-verifiers: .venv/dev.stamp
	$(BIN)/puzzlereel redteam --levels 300 --seed 31337 --films 6 --out bench/redteam --workers 2
	$(BIN)/python bench/verifiers.py
	$(BIN)/python bench/truth.py
	$(PAGE)
	$(BIN)/python bench/mutants.py

# Films stay in results/scoring; another run goes on with them.
bench-scoring: .venv/dev.stamp
	$(BIN)/python bench/scoring.py
	$(PAGE)

# Hours: three seeds of five arms, kept arm by arm.
bench-rl: .venv/rl.stamp
	$(BIN)/puzzlereel bench rl --out runs/rl --workers 2 --pages bench/rl
	$(BIN)/puzzlereel bench esf runs/rl/seed-0/sft --out runs/esf --pages bench/rl
	$(PAGE)

# mutmut has an environment of its own, as all that it needs is needed by nothing else.
mutation: .venv/venv.stamp
	test -x .venv-mutmut/bin/mutmut || { $(PYTHON) -m venv .venv-mutmut \
		&& .venv-mutmut/bin/pip install --quiet --disable-pip-version-check -c constraints.txt mutmut==3.8.1 '.[test]'; }
	.venv-mutmut/bin/python bench/survivors.py
	$(PAGE)

clean:
	rm -rf .venv .venv-peers .venv-mutmut mutants demo train-tiny bench/redteam/films build dist puzzlereel.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find puzzlereel tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/base.stamp: .venv/venv.stamp $(RECIPE)
	$(PIP) -e .
	@touch $@

.venv/dev.stamp: .venv/venv.stamp $(RECIPE)
	$(PIP) -e '.[dev]'
	@touch $@

.venv/rl.stamp: .venv/dev.stamp
	$(PIP) -e '.[dev,rl]'
	@touch $@

.venv/venv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
		|| { echo "puzzlereel needs Python 3.10 or newer, and $(PYTHON) is not: try make PYTHON=python3.12" >&2; exit 1; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	@touch $@
