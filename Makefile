# Builds, tests and installs instagram for Lua: `make help` lists what there is to make.
# GNU make. All that is built goes to $(BUILD); a fresh Debian needs only git and make.

# --- what may be set: on the command line or in the environment --------------------------

# 5.1, 5.2, 5.3, 5.4, 5.5 or luajit (which loads what was built for 5.1)
LUA         ?= 5.4
CFLAGS      ?= -O2 -g
PREFIX      ?= /usr/local
LUADIR      ?= $(PREFIX)/share/lua/$(ABI)
LIBDIR      ?= $(PREFIX)/lib/lua/$(ABI)
BINDIR      ?= $(PREFIX)/bin
LUA_BIN     ?= $(if $(filter luajit,$(LUA)),luajit,lua$(ABI))
LUA_INCDIR  ?= $(firstword $(wildcard /usr/include/lua$(ABI) \
                 /usr/local/include/lua$(ABI) /opt/homebrew/include/lua$(ABI)) \
                 /usr/include/lua$(ABI))
# a sanitizer: address,undefined or thread; it gets a build folder of its own
SAN         ?=
BUILD       ?= build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
# no: never install packages
SETUP       ?= yes
FUZZ_SECONDS ?= 20
# CURL_INCDIR, CURL_LIBDIR, CPPFLAGS, LDFLAGS, LIBFLAG, DESTDIR: as usual. V=1: say all.

# --- derived -----------------------------------------------------------------------------

comma  := ,
Q      := $(if $(V),,@)
ABI    := $(if $(filter luajit,$(LUA)),5.1,$(LUA))
ifeq ($(filter 5.1 5.2 5.3 5.4 5.5,$(ABI)),)
  $(error LUA=$(LUA) is none of 5.1 5.2 5.3 5.4 5.5 luajit)
endif

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
OWN_CFLAGS = -std=c99 $(WARNINGS) -fPIC -fvisibility=hidden -pthread -Isrc/core \
  $(if $(CURL_INCDIR),-I$(CURL_INCDIR)) \
  $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OWN_LDFLAGS = -pthread $(if $(CURL_LIBDIR),-L$(CURL_LIBDIR)) \
  $(if $(SAN),-fsanitize=$(SAN))
ifeq ($(shell uname -s),Darwin)
  LIBFLAG ?= -bundle -undefined dynamic_lookup
endif
LIBFLAG ?= -shared
CORE_LIBS := -lcurl -lsodium -ldl
HOST_LIBS := -lmicrohttpd -lsqlite3 -lgnutls -lcurl -lzip -lz -ldl

CORE_SRC    := $(sort $(wildcard src/core/*.c))
BINDING_SRC := $(sort $(wildcard src/binding/*.c))
HOST_SRC    := $(sort $(wildcard sandbox/src/*.c))
C_TEST_SRC  := $(sort $(wildcard spec/c/test_*.c))
FUZZ_SRC    := $(sort $(wildcard spec/c/fuzz_*.c))

OBJ         := $(BUILD)/obj
CORE_OBJ    := $(CORE_SRC:%.c=$(OBJ)/%.o)
BINDING_OBJ := $(BINDING_SRC:%.c=$(OBJ)/$(ABI)/%.o)
HOST_OBJ    := $(HOST_SRC:%.c=$(OBJ)/$(ABI)/%.o)
ARCHIVE     := $(BUILD)/libigcore.a
CORE_SO     := $(if $(BINDING_SRC),$(BUILD)/$(ABI)/instagram/core.so)
HOST_SO     := $(if $(HOST_SRC),$(BUILD)/$(ABI)/instagram/sandbox/host.so)
C_TESTS     := $(C_TEST_SRC:%.c=$(BUILD)/%)
FUZZERS     := $(FUZZ_SRC:%.c=$(BUILD)/%)

# Scripts find the tree's modules from wherever they run. The variables with a version in
# their name would win over these.
unexport LUA_PATH_5_2 LUA_PATH_5_3 LUA_PATH_5_4 LUA_PATH_5_5
unexport LUA_CPATH_5_2 LUA_CPATH_5_3 LUA_CPATH_5_4 LUA_CPATH_5_5
export LUA_PATH  := $(subst @,$(CURDIR),@/lua/?.lua;@/lua/?/init.lua;@/sandbox/lua/?.lua;@/sandbox/lua/?/init.lua;;)
export LUA_CPATH := $(abspath $(BUILD))/$(ABI)/?.so;;
export IG_BUILD := $(abspath $(BUILD))

packages = $(if $(filter no,$(SETUP)),true,tools/install-packages.sh)
# As many compilers as cores, unless make was told with -j.
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
parallel  = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
MAKEFLAGS += --no-print-directory

# --- building ----------------------------------------------------------------------------

.PHONY: all core client host FORCE
all: client host            ## build the module and the sandbox for LUA
core: $(ARCHIVE)            ## build the C core alone: build/libigcore.a
client: $(ARCHIVE) $(CORE_SO)
host: $(HOST_SO)

# A stamp holds what the things that depend on it were made with; it changes only when
# that changes (a flag, a compiler, a source that came or went).
STAMP_flags := $(CC) $(OWN_CFLAGS) $(CPPFLAGS) $(CFLAGS)
STAMP_core  := $(CORE_SRC)
STAMP_link   = $(STAMP_flags) $(LIBFLAG) $(OWN_LDFLAGS) $(LDFLAGS)
STAMP_$(ABI) = $(STAMP_link) $(LUA_INCDIR) $(BINDING_SRC) $(HOST_SRC)
.PRECIOUS: $(BUILD)/stamp/%
$(BUILD)/stamp/%: FORCE
	@mkdir -p $(@D); echo '$(STAMP_$*)' | cmp -s - $@ || echo '$(STAMP_$*)' > $@

define compile
@mkdir -p $(@D)
$(if $(V),,@echo "cc $<";) $(CC) $(OWN_CFLAGS) $(1) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
endef

$(OBJ)/src/core/%.o: src/core/%.c $(BUILD)/stamp/flags
	$(call compile)
$(OBJ)/$(ABI)/%.o: %.c $(BUILD)/stamp/$(ABI)
	$(call compile,-I$(LUA_INCDIR))

$(ARCHIVE): $(CORE_OBJ) $(BUILD)/stamp/core
	$(Q)rm -f $@ && $(AR) rcs $@ $(CORE_OBJ)

# Renamed into place: who has the old one loaded keeps it.
define link
@mkdir -p $(@D)
$(if $(V),,@echo "ld $@";) $(CC) $(LIBFLAG) $(CFLAGS) $(OWN_LDFLAGS) $(LDFLAGS) -o $@.new $(1)
@mv -f $@.new $@
endef

$(CORE_SO): $(BINDING_OBJ) $(ARCHIVE) $(BUILD)/stamp/$(ABI)
	$(call link,$(BINDING_OBJ) $(ARCHIVE) $(CORE_LIBS))
$(HOST_SO): $(HOST_OBJ) $(BUILD)/stamp/$(ABI)
	$(call link,$(HOST_OBJ) $(HOST_LIBS))

# C tests and fuzz targets: the core without Lua.
$(BUILD)/spec/c/%: spec/c/%.c $(ARCHIVE) $(BUILD)/stamp/link
	@mkdir -p $(@D)
	$(if $(V),,@echo "cc $<";) $(CC) $(OWN_CFLAGS) -Ispec/c $(CPPFLAGS) $(CFLAGS) -MMD -MP \
	  -MF $@.d $(OWN_LDFLAGS) $(LDFLAGS) -o $@ $< $(ARCHIVE) $(CORE_LIBS) $(TEST_LIBS)
TEST_LIBS = $(if $(shell grep '<jansson.h>' $<),-ljansson)

# Keeps modules in memory at exit, so that leak reports can name their functions.
$(BUILD)/keep_loaded.so: tools/keep_loaded.c
	$(Q)mkdir -p $(@D) && $(CC) -shared -fPIC -O2 -o $@ $<

-include $(CORE_OBJ:.o=.d) $(BINDING_OBJ:.o=.d) $(HOST_OBJ:.o=.d) $(C_TESTS:=.d)

# --- the main jobs -----------------------------------------------------------------------

.PHONY: setup demo live sandbox test browser bench load
setup:                      ## install missing Debian packages: TIER="build test check ..."
	@tools/install-packages.sh $(or $(TIER),build)
	@tools/fetch-npm.sh $(TIER)

demo live: export PHOTOS := $(PHOTOS)
demo:                       ## the whole story against the sandbox; PHOTOS=DIR for yours
	@$(packages) build $(if $(INSTAGRAM_TOKEN_FILE),live)
	@$(MAKE) $(parallel) all
	@$(LUA_BIN) examples/demo/demo.lua

live:                       ## the reading part against the real Instagram, your token
	@$(packages) build live
	@$(MAKE) $(parallel) client
	@$(LUA_BIN) examples/demo/live.lua

sandbox:                    ## run the local Instagram; ARGS="--port 8080 ..."
	@$(packages) build
	@$(MAKE) $(parallel) all
	@$(LUA_BIN) sandbox/bin/instagram-sandbox $(ARGS)

test:                       ## all tests on Lua 5.4
	@$(packages) build test
	@$(MAKE) $(parallel) run-tests

browser:                    ## the sandbox's pages in Chromium; pictures: build/screens
	@$(packages) build test browser
	@$(if $(filter no,$(SETUP)),true,tools/fetch-npm.sh browser)
	@EXCLUDE=none $(MAKE) $(parallel) run-specs \
	  SPECS="$(or $(SPECS),$(wildcard spec/browser_*_spec.lua))"

bench:                      ## ratios against libcurl + cjson; writes bench/out/*.json
	@$(packages) build test bench
	@$(MAKE) $(parallel) all
	@$(LUA_BIN) bench/run.lua

load:                       ## wrk against the sandbox, LOAD_SECONDS each: memory stays flat
	@$(packages) build test bench
	@$(MAKE) $(parallel) all
	@$(LUA_BIN) bench/load.lua

# --- tests: no packages are installed from here on ---------------------------------------

.PHONY: run-tests c-tests run-c-tests run-specs
c-tests: $(C_TESTS)

export IG_LUA := $(LUA_BIN)
run-tests: all c-tests      ## the tests, on LUA, without installing anything
	@tools/test.sh $(C_TESTS) spec
run-c-tests: c-tests
	@tools/test.sh $(C_TESTS)
run-specs: all              ## SPECS="spec/x_spec.lua ..." BUSTED=... EXCLUDE=tags
	@tools/test.sh $(or $(SPECS),spec)

# --- checks ------------------------------------------------------------------------------

.PHONY: check check-5.1 check-5.2 check-5.3 check-luajit check-gc lint luacheck warnings
.PHONY: asan tsan valgrind fuzz fuzz-http clients rocks rockspecs run-asan run-tsan run-fuzz
.PHONY: run-fuzz-http
CHECKS := lint check-5.1 check-luajit check-5.2 check-5.3 check-gc asan tsan valgrind \
  fuzz rocks clients

check:                      ## everything below, one after the other
	@$(packages) build test check
	@failed=; for c in $(CHECKS); do echo "== $$c"; \
	  $(MAKE) SETUP=no $$c || failed="$$failed $$c"; done; \
	  if [ "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

# Specs about the sources (tag "once") say the same on every Lua.
check-5.1 check-5.2 check-5.3 check-luajit: check-%:   ## the specs on another Lua
	@$(packages) build test check
	@EXCLUDE=browser,once $(MAKE) $(parallel) LUA=$* run-specs

check-gc:                   ## the specs under a collector that never rests
	@$(packages) build test
	@EXCLUDE=browser,once,slow BUSTED="--helper=spec/support/hostile_gc.lua" \
	  $(MAKE) $(parallel) run-specs

luacheck:
	@$(packages) check
	@luacheck --quiet .

warnings:                   ## gcc and clang, warnings are errors
	@$(packages) build test check
	@$(MAKE) $(parallel) BUILD=build/gcc CC=gcc CFLAGS="-O2 -Werror" all c-tests
	@$(MAKE) $(parallel) BUILD=build/clang CC=clang CFLAGS="-O2 -Werror" all c-tests
	@$(MAKE) $(parallel) BUILD=build/floor CC=gcc CFLAGS="-O2 -Werror -DIG_CURL_FLOOR \
	  -Wno-deprecated-declarations" client # without anything newer than libcurl 7.66

lint: luacheck warnings     ## luacheck and compiler warnings

asan:                       ## tests under AddressSanitizer and UBSan
	@$(packages) build test check
	@$(MAKE) $(parallel) SAN=address,undefined CFLAGS="-O1 -g" run-asan

run-asan: all c-tests $(BUILD)/keep_loaded.so
	@SANITIZER=asan EXCLUDE=browser,once,slow tools/test.sh $(C_TESTS) spec

# ThreadSanitizer and Valgrind are about C. Specs of what is Lua alone, the rules of the
# sandbox and the upper rooms of the library, run under AddressSanitizer but not a hundred
# times slower too.
RULES := chance control control_people dashboard dashboard_pages dashboard_review \
  errors graph hosts journal lenient limits logins manual oauth paging people recorded \
  recorded_errors seed seed_comments seed_pages settings successor testers tokens tools \
  versions whole window window_hostile wire
UPPER := accounts% backup bad_days callbacks client demo demo_data doctor download \
  examples feed fields life mark packaging pager readme tasks wait
C_SPECS = $(filter-out $(RULES:%=spec/sandbox_%_spec.lua) $(UPPER:%=spec/%_spec.lua), \
  $(wildcard spec/*_spec.lua))
# Valgrind is slower still. What it adds to AddressSanitizer is memory that was never
# written: one spec or two of each C room shows that.
ROOMS := app bad_bytes finalizers hostile hostile_texts json recorded store_file \
  transport% sandbox_acceptor sandbox_archive sandbox_callbacks sandbox_host% \
  sandbox_media sandbox_native sandbox_state sandbox_tls

tsan:                       ## the sandbox's thread and ours under ThreadSanitizer
	@$(packages) build test check
	@$(MAKE) $(parallel) SAN=thread CFLAGS="-O1 -g" run-tsan

run-tsan: all $(BUILD)/keep_loaded.so
	@SANITIZER=tsan EXCLUDE=browser,once,slow tools/test.sh $(C_SPECS)

valgrind:                   ## tests under Valgrind's memcheck
	@$(packages) build test check
	@$(MAKE) $(parallel) all c-tests
	@SANITIZER=valgrind SPECS_EACH=2 EXCLUDE=browser,once,slow \
	  tools/test.sh $(C_TESTS) $(filter $(ROOMS:%=spec/%_spec.lua),$(C_SPECS))

fuzz:                       ## the fuzz targets, FUZZ_SECONDS each
	@$(packages) build test check
	@$(MAKE) $(parallel) BUILD=build/fuzz CC=clang CFLAGS="-O1 -g" \
	  SAN=fuzzer-no-link,address,undefined LDFLAGS=-fsanitize=fuzzer run-fuzz

run-fuzz: $(FUZZERS)
	@tools/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)

fuzz-http:                  ## bad input to the sandbox under ASan and UBSan, FUZZ_SECONDS
	@$(packages) build test check
	@$(MAKE) $(parallel) SAN=address,undefined CFLAGS="-O1 -g" run-fuzz-http

run-fuzz-http: all $(BUILD)/keep_loaded.so
	@SANITIZER=asan FUZZ_SECONDS=$(FUZZ_SECONDS) \
	  tools/test.sh spec/sandbox_fuzz_spec.lua

rockspecs:                  ## write rockspec/*.rockspec anew from the sources
	@$(LUA_BIN) tools/rockspecs.lua

clients:                    ## clients in other languages against the sandbox
	@$(packages) build test check
	@$(if $(filter no,$(SETUP)),true,tools/fetch-npm.sh check)
	@$(MAKE) $(parallel) all
	@$(MAKE) run-specs SPECS=spec/sandbox_clients_spec.lua

rocks:                      ## luarocks make of both rocks, offline, and scripts from there
	@$(packages) build check
	@tools/check-rocks.sh

# --- installing --------------------------------------------------------------------------

.PHONY: install install-client install-sandbox install-core clean help
install: install-client install-sandbox install-core  ## PREFIX, DESTDIR, LUADIR, LIBDIR

install-client: client
	install -d "$(DESTDIR)$(LUADIR)" "$(DESTDIR)$(LIBDIR)/instagram"
	cp -R lua/. "$(DESTDIR)$(LUADIR)/"
	install -m 755 $(CORE_SO) "$(DESTDIR)$(LIBDIR)/instagram/core.so"

# An empty BINDIR leaves the command to somebody else (LuaRocks).
install-sandbox: host
	install -d "$(DESTDIR)$(LUADIR)/instagram/sandbox" \
	  "$(DESTDIR)$(LIBDIR)/instagram/sandbox"
	cp -R sandbox/lua/. "$(DESTDIR)$(LUADIR)/"
	cp -R sandbox/data "$(DESTDIR)$(LUADIR)/instagram/sandbox/"
	install -m 755 $(HOST_SO) "$(DESTDIR)$(LIBDIR)/instagram/sandbox/host.so"
	$(if $(BINDIR),install -d "$(DESTDIR)$(BINDIR)")
	$(if $(BINDIR),sed '1s|.*|#!/usr/bin/env $(LUA_BIN)|' sandbox/bin/instagram-sandbox \
	  > "$(DESTDIR)$(BINDIR)/instagram-sandbox")
	$(if $(BINDIR),chmod 755 "$(DESTDIR)$(BINDIR)/instagram-sandbox")

# ig.h and what it includes, as the compiler says; the others are the core's own.
CORE_HEADERS = $(filter %.h,$(shell $(CC) -MM -Isrc/core src/core/ig.h))

install-core: core
	install -d "$(DESTDIR)$(PREFIX)/lib" "$(DESTDIR)$(PREFIX)/include/instagram"
	install -m 644 $(ARCHIVE) "$(DESTDIR)$(PREFIX)/lib/"
	install -m 644 $(CORE_HEADERS) "$(DESTDIR)$(PREFIX)/include/instagram/"

# For scripts and specs: make -s print-CORE_SRC
print-%:
	@echo $($*)

clean:                      ## remove everything built
	rm -rf build instagram demo-out
	find src sandbox/src -name '*.o' -delete

help:                       ## this list
	@sed -n 's/^\([a-z0-9. %-]*\):[^#]*## */\1\t/p' Makefile | \
	  awk -F '\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'
