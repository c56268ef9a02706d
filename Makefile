# The front door. `make demo` shows Azerbaijan 2017; `make test` is what CI runs. Every target installs what it needs.

MAKEFLAGS += --no-print-directory
BIN := node_modules/.bin
SOURCES := $(shell find src netns -name '*.ts') $(shell find scenarios tools -name '*.yaml') tools/bundle.ts
AS_USER := isolation lab-life middlebox-death nothing-left wire shipped-tools

.PHONY: help setup install demo scenarios stability test unit e2e labs quiet e2e-user oracle differential golden check types style layers unused schema-is-current bench bench-engine fuzz mutants schema clean setup-test setup-scenarios setup-tor setup-tools setup-oracle setup-differential setup-bench setup-mutants

help:
	@echo 'make demo    build a lab and run the scenario az-2017 in it'
	@echo 'make scenarios  every scenario that comes with Chokepoint, one after the other'
	@echo 'make stability  every scenario again and again: the same verdicts each time, and over a bad path'
	@echo 'make test    everything that must hold, as CI runs it'
	@echo 'make setup   install and build, so that `npx chokepoint` works here'
	@echo 'make install  put `chokepoint` on the PATH of every user'
	@echo 'make setup-tor  what scenarios with a Tor network need'
	@echo 'make setup-tools  what the circumvention tools need that come with Chokepoint'
	@echo 'make check   types, style, layers, unused code'
	@echo 'make oracle  the readings of the engine beside those of tshark'
	@echo 'make differential  thousands of odd requests: what real servers accept, a strict box reads'
	@echo 'make golden  captures and traces under test/golden anew; review what changed'
	@echo 'make bench   throughput beside a kernel bridge (and Suricata, if installed)'
	@echo 'make bench-engine  packets a second through the engine alone, beside tshark and Suricata'
	@echo 'make fuzz    hostile packets, streams, scenarios and tools, for half an hour'
	@echo 'make mutants  changes to the core that its tests notice, one by one; for an hour'
	@echo 'make chaos   random signals to every process of labs: nothing hangs, nothing is left'
	@echo 'make clean   remove what was built'

setup: node_modules/.installed dist/.built

# For every user of this machine: PREFIX=/usr/local, or another folder whose bin is on the PATH.
PREFIX := /usr/local
install: setup
	@mkdir -p $(PREFIX)/bin
	@ln -sfn $(CURDIR)/dist/src/cli/main.js $(PREFIX)/bin/chokepoint
	@echo '$(PREFIX)/bin/chokepoint is for everybody who can read $(CURDIR)'

demo: setup
	npx --no-install chokepoint run az-2017 --allow-skipped

# ARGS='--out DIR --json'
scenarios: setup setup-scenarios
	@npx --no-install chokepoint run --all $(ARGS)

# every scenario twenty times, and its negative controls over a bad path: for two hours. ARGS='--repeat 2'
stability: setup setup-scenarios
	npx --no-install chokepoint run --all --repeat 20 $(ARGS)
	npx --no-install chokepoint run --all --controls --loss 1 --jitter 30 --repeat 5 $(ARGS)

# what waits goes side by side: labs, and the part of an ordinary user; what looks at times, with no other lab beside it
test: setup setup-test
	@$(MAKE) unit
	@$(MAKE) -j labs $(if $(filter 0,$(shell id -u)),e2e-user)
	@$(MAKE) -j quiet check

# unit claims hold
unit: setup
	$(BIN)/vitest run --project unit --project unit-alone

# testbed works and scenarios come out as documented, as whoever runs this
e2e: labs quiet

labs: setup setup-test
	$(BIN)/vitest run --project labs --project netns

quiet: setup setup-test
	$(BIN)/vitest run --project quiet

# what depends on who runs it: a copy that belongs to `nobody`, in a folder that is removed again
e2e-user: setup setup-test
	FILES_AT_ONCE=2 tools/as-ordinary-user $(BIN)/vitest run --reporter=dot --project netns --project labs $(AS_USER)

# the engine's readings agree with tshark's, over captures of real programs
oracle: setup setup-oracle setup-differential
	$(BIN)/vitest run --project oracle --project differential

# what nginx, Apache, Caddy, Node, OpenSSL and GnuTLS take for a request, a strict box reads as one
differential: setup setup-differential
	$(BIN)/vitest run --project differential

# side by side; each prints what it has to say when it has ended
check: setup
	@nice $(MAKE) -j --output-sync=target types style layers unused schema-is-current

types:
	$(BIN)/tsc --noEmit

style:
	$(BIN)/biome check --error-on-warnings .

layers:
	tools/check-layers

unused:
	$(BIN)/knip --no-progress

schema-is-current:
	tools/check-schema

# ARGS='--rounds 5 --seconds 8 --json'
bench: setup setup-bench
	@$(BIN)/tsx bench/forwarding.ts $(ARGS)

# ARGS='--rounds 5 --seconds 2 --json'
bench-engine: setup
	@node --expose-gc --import tsx bench/engine.ts $(ARGS)

# test/golden: inputs from tools/make-golden.ts, traces from the engine as it is; the diff says what changed
golden: setup
	$(BIN)/tsx tools/make-golden.ts
	$(BIN)/vitest run --project unit test/golden -u
	@git --no-pager diff --stat -- test/golden

# signals at random moments to every process of labs. ARGS='--seed 7 --cases 200 --first 1'
chaos: setup setup-test
	CHAOS="--cases 200 $(ARGS)" $(BIN)/vitest run --project labs test/labs/chaos.test.ts

# ARGS='--seed 7 --packets 100000 --streams 5000'; then hostile texts in every place of a scenario and of a tool
fuzz: setup setup-test
	@$(BIN)/tsx bench/fuzz.ts $(ARGS)
	HOSTILE=all $(BIN)/vitest run --project labs hostile-scenario hostile-tool

# changes a room of the core in every place, one at a time, and counts the changes that its tests notice: for an hour, not in CI
# ROOM=wire: that room alone. SAMPLE=10: ten changes of a hundred. ARGS='--mutate src/wire/tcp.ts': that file alone.
# TESTS=flow,engine: by the tests of these rooms, not of its own alone. A second run tries what changed since the first, and what survived again if
# there are more tests.
ROOM ?= wire flow policy engine
SAMPLE ?= 100
mutants: setup setup-mutants
	@for room in $(ROOM); do ROOM=$$room SAMPLE=$(SAMPLE) nice -n 19 $(BIN)/stryker run tools/mutants/stryker.config.json \
	  --mutate "src/$$room/**/*.ts" --incrementalFile node_modules/.cache/mutants-$$room-$(SAMPLE).json $(ARGS) || exit; done

# scenarios/*schema.json for editors and scenarios/REFERENCE.md for people, from the code
schema: setup
	$(BIN)/tsx tools/write-schema.ts scenarios

clean:
	rm -rf dist node_modules

node_modules/.installed: package.json package-lock.json
	@node -e 'const [a,b]=process.versions.node.split(".");process.exit(a>20||a==20&&b>=19?0:1)' \
	  || { echo "Node.js $$(node --version) is too old: install 20.19 or later" >&2; exit 1; }
	@tools/need-packages iproute2=ip curl=curl openssl=openssl util-linux=nsenter mount=mount perl-base=perl \
	  ca-certificates=/etc/ssl/certs/ca-certificates.crt
	env $$(tools/node-headers) npm install --no-save --no-fund --no-audit --loglevel=error
	@touch $@

dist/.built: node_modules/.installed tsconfig.json tsconfig.build.json $(SOURCES)
	rm -rf dist
	$(BIN)/tsc -p tsconfig.build.json & $(BIN)/tsx tools/bundle.ts; bundled=$$?; wait $$! && exit $$bundled
	@ln -sf ../../dist/src/cli/main.js $(BIN)/chokepoint
	@touch $@

# for scenarios with a Tor network
setup-tor: node_modules/.installed
	@tools/need-packages tor=tor obfs4proxy=obfs4proxy

# for the circumvention tools in tools/*.yaml
setup-tools: node_modules/.installed setup-tor
	@tools/need-packages shadowsocks-libev=ss-server openssh-server=sshd openssh-client=ssh stunnel4=stunnel \
	  openvpn=openvpn wireguard-go=wireguard-go wireguard-tools=wg
	@tools/need-tun

# for scenarios, so that no row is skipped
setup-scenarios: node_modules/.installed setup-tor
	@tools/need-packages chromium=/usr/bin/chromium bind9-dnsutils=dig nginx-light=nginx gnutls-bin=gnutls-serv

setup-test: node_modules/.installed setup-scenarios setup-tools setup-differential
	@tools/need-packages tshark=tshark nftables=nft g++=g++ make=make python3=python3
	@node -e "require('raw-socket')" 2>/dev/null || env $$(tools/node-headers) npm rebuild raw-socket --loglevel=error

setup-oracle: node_modules/.installed
	@tools/need-packages tshark=tshark openssl=openssl curl=curl bind9-dnsutils=dig nginx-light=nginx tor=tor \
	  chromium=/usr/bin/chromium

setup-mutants: node_modules/.installed
	@[ -d node_modules/@stryker-mutator/core ] || npm install --no-save --no-fund --no-audit --loglevel=error \
	  @stryker-mutator/core@~9.5.1

# servers to compare readings with
setup-differential: node_modules/.installed
	@tools/need-packages nginx-light=nginx apache2-bin=apache2 caddy=caddy gnutls-bin=gnutls-serv openssl=openssl

setup-bench: node_modules/.installed
	@tools/need-packages iperf3=iperf3 nginx-light=nginx wrk=wrk
