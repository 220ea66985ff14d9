# setup · run · chat · test · check · bench · docs. Another environment than .venv: make test PYTHON=/path/to/python

VENV := .venv
EXTRAS ?= dev
PYTHON ?= $(VENV)/bin/python
READY := $(if $(filter $(VENV)/%,$(PYTHON)),$(VENV)/ready)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup run chat test check bench bench-train docs pictures mini constraints

setup: $(READY)

$(VENV)/ready: pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time takes a few minutes."
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "senpai-bot needs Python 3.11 or newer.")'
	test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	$(VENV)/bin/python -m pip install -q --no-compile -c constraints.txt torch -e '.[$(EXTRAS)]'
	@touch $@

run: $(READY)
	$(PYTHON) -m senpai run

chat: $(READY)
	$(PYTHON) -m senpai chat

test: $(READY)
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest -n 2

check: $(READY)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest -n 2

bench: $(READY)
	OMP_NUM_THREADS=1 $(PYTHON) -m senpai bench serve
	OMP_NUM_THREADS=1 $(PYTHON) -m senpai bench serve --workload ragged --concurrency 8,16
	OMP_NUM_THREADS=1 $(PYTHON) -m senpai bench steps
	OMP_NUM_THREADS=1 $(PYTHON) -m senpai bench swap

# Ours beside the original experiment and TRL, three seeds each; about half an hour on two cores.
bench-train: $(READY)
	OMP_NUM_THREADS=1 $(PYTHON) -m senpai bench train

# The documents and the reference of the code as a site in build/site.
docs: $(READY)
	$(PYTHON) -m pip install -q --no-compile -c constraints.txt -e '.[docs]'
	$(PYTHON) -m mkdocs build --strict

# Take the README's pictures anew: a real console in Debian's chromium, talking with the example senpai.
pictures: $(READY)
	OMP_NUM_THREADS=1 $(PYTHON) -m tests.pictures docs/pictures

# Pretrain the embedded base anew from CORPORA, a folder or .tar.zst, without what stands in KEEP_OUT (JSON lines), and
# write its card; hours on two cores, minutes on a GPU. FLAGS are those of train.pretrain.
mini: $(READY)
	$(PYTHON) -m train.pretrain --corpora $(CORPORA) --out model/mini --work var/mini --keep-out $(KEEP_OUT) $(FLAGS)
	$(PYTHON) -m train.pretrain.export --work var/mini --out var/mini/bf16 --bf16
	$(PYTHON) -m train.pretrain.evaluate --unquantised var/mini/bf16 --corpora $(CORPORA) --work var/mini --against $(KEEP_OUT) --out var/mini/figures.json
	$(PYTHON) -m train.pretrain.card --work var/mini --figures var/mini/figures.json

# Pin what is installed now. Run it in a fresh .venv, else it pins what nobody needs.
constraints:
	$(PYTHON) -m pip freeze --exclude-editable --exclude pip --exclude setuptools | sed 's/+[a-z0-9.]*$$//' > constraints.txt
