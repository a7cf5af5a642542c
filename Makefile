# Two commands are all it takes on a fresh machine: make demo, make test.
# The environment lives in .venv: uv and every dependency in the versions that requirements.lock names.

PYTHON ?= python3
UV_VERSION := 0.13.9
READY := .venv/.ready

.PHONY: demo demo-hbase test java postgresql check reference bench-offline bench-online bench-hbase bench-meaning bench-spark bench-billion bench-reuse bench-registry bench-quality bench-quality-gate bench-value lock clean

demo: $(READY)
	.venv/bin/python docs/demo.py

demo-hbase: $(READY) java
	.venv/bin/python docs/demo.py --hbase

test: $(READY) java postgresql
	.venv/bin/python -m pytest -n 2 --dist loadfile
	FEATURESTORE_ENGINE=spark FEATURESTORE_EXAMPLES=2 .venv/bin/python -m pytest -p no:xdist tests/properties/test_frames.py

# Spark needs Java 17 or later, and a local HBase a compiler and Maven too.
JAVA_PACKAGES := openjdk-17-jdk-headless maven
java:
	@{ command -v java && command -v javac && command -v mvn; } >/dev/null || if [ "$$(id -u)" = 0 ]; then \
		echo "Installing Debian's $(JAVA_PACKAGES), of which some is missing"; \
		apt-get update -qq && apt-get install -y -qq $(JAVA_PACKAGES); \
	else \
		echo "Java or Maven is missing; run: sudo apt-get install $(JAVA_PACKAGES), then make again"; exit 1; \
	fi

# Debian keeps the programs of a PostgreSQL server out of the PATH.
postgresql:
	@{ ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; } >/dev/null 2>&1 || if [ "$$(id -u)" = 0 ]; then \
		echo "Installing Debian's postgresql, which is missing"; \
		apt-get update -qq && apt-get install -y -qq postgresql; \
	else \
		echo "PostgreSQL is missing; run: sudo apt-get install postgresql, then make again"; exit 1; \
	fi

check: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

reference: $(READY)
	.venv/bin/python docs/generate_reference.py

bench-offline: $(READY)
	.venv/bin/python -m tests.benchmarks.offline

bench-online: $(READY)
	.venv/bin/python -m tests.benchmarks.online

# It takes arguments: make bench-hbase BENCH="--scale 0.01 --only hbase_batch_vs_raw_1"
bench-hbase: $(READY) java
	.venv/bin/python -m tests.benchmarks.hbase $(BENCH)

bench-meaning: $(READY)
	.venv/bin/python -m tests.benchmarks.meaning

# Both take arguments: make bench-spark BENCH="--scale 0.01 --only spark_increment_vs_full"
bench-spark: $(READY) java
	.venv/bin/python -m tests.benchmarks.spark $(BENCH)

bench-billion: $(READY) java
	.venv/bin/python -m tests.benchmarks.billion $(BENCH)

# They take arguments too: make bench-reuse BENCH="300 7" for so many random pairs from that seed
bench-reuse: $(READY)
	.venv/bin/python -m tests.benchmarks.reuse $(BENCH)

bench-registry: $(READY)
	.venv/bin/python -m tests.benchmarks.registry $(BENCH)

# Too: make bench-quality-gate BENCH="8 101 2" for eight seeds from 101, two at a time
bench-quality-gate: $(READY)
	.venv/bin/python -m tests.benchmarks.quality_gate $(BENCH)

bench-quality: $(READY) java
	.venv/bin/python -m tests.benchmarks.quality $(BENCH)

# Too: make bench-value BENCH="--scale 0.1" for a tenth of the draws
bench-value: $(READY)
	.venv/bin/python -m tests.benchmarks.value $(BENCH)

lock: $(READY)
	.venv/bin/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-emit-index-url --quiet --output-file requirements.lock

clean:
	rm -rf .venv build

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv || $(MAKE) --no-print-directory .venv-package
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python requirements.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
	@touch $(READY)

.PHONY: .venv-package
.venv-package:
	@rm -rf .venv
	@if [ "$$(id -u)" = 0 ]; then \
		echo "Installing Debian's python3-venv, which is missing"; \
		apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; \
	else \
		echo "Debian's python3-venv is missing; run: sudo apt-get install python3-venv, then make again"; exit 1; \
	fi
