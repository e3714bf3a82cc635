# Two commands do all the set-up:
#   make demo   an environment, the package, and a verdict on the shipped examples
#   make test   all that the tests need, then every check
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Versions are pinned by constraints.txt: those that were tried together.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# The page is tested in Debian's Chromium; its pictures want a font with Chinese signs.
BROWSER = apt-get update -qq && apt-get install -qq -y --no-install-recommends \
	chromium fonts-wqy-microhei > /dev/null
NO_BROWSER = chromium cannot be installed here: the tests of the page are left out

.PHONY: demo test lint types layers unit clean

demo: $(VENV)/demo.installed
	$(BIN)/musecritic score examples --plot demo
	@echo "Pictures: demo/*.png"

test: lint types layers unit

lint: $(VENV)/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.installed
	$(BIN)/mypy

layers: $(VENV)/test.installed
	$(BIN)/lint-imports

unit: $(VENV)/test.installed
	$(BIN)/python -m pytest

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The demo installs the package as a user would; the tests install it in place.
$(VENV)/demo.installed: $(BIN)/python pyproject.toml constraints.txt $(shell find src -type f -not -name '*.pyc')
	test -f $(VENV)/test.installed || $(PIP) .
	touch $@

$(VENV)/test.installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[test]'
	$(if $(wildcard /usr/bin/chromium),,$(BROWSER) || echo '$(NO_BROWSER)')
	touch $@

clean:
	rm -rf $(VENV) demo
