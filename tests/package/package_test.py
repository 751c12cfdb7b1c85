#!/usr/bin/env python3
"""Installs the client library and links a program with it from outside; configures the client without the broker.

usage: package_test.py CASE --cmake FILE --generator NAME --cxx FILE --source DIR --build DIR --config NAME     as ctest does

CASE is one of
  install      installs the component `client` of the build into a temporary folder and looks at it from outside: what the files
               say, that each public header compiles alone, that project/ links and runs by find_package and by pkg-config
  client-only  configures with PENSTOCK_BUILD_BROKER=OFF where the broker's packages are not to be found

Prints what was not as expected, and ends with 1 then.
"""

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parent / "project"
# Of the broker alone: none of these may be asked of who links the client.
BROKER_LIBRARIES = re.compile(r"rocksdb|nghttp2|prometheus|spdlog", re.IGNORECASE)
BROKER_PACKAGES = ("RocksDB", "Boost", "prometheus-cpp", "spdlog", "tomlplusplus", "Catch2", "benchmark")
STEP_SECONDS = 120


class Unexpected(Exception):
    """What was found in place of what had to be there."""


def expect(holds, text):
    if not holds:
        raise Unexpected(text)


def run(*command, environment=None, text=None):
    """The output of a command, which has to succeed."""
    command = [str(word) for word in command]
    done = subprocess.run(command, env=environment, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=STEP_SECONDS, check=False)
    expect(done.returncode == 0, f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


@contextlib.contextmanager
def closed_port():
    """HOST:PORT that refuses connections: bound, so that nobody else takes it, but not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def check_program(program):
    with closed_port() as endpoint:
        run(program, endpoint)


def check_link_line(line):
    found = BROKER_LIBRARIES.search(line)
    expect(not found, f"the link line names {found and found[0]}: {line}")
    expect("penstock_client" in line, f"not a link line: {line}")


def check_files(options, prefix):
    """No file names a folder of this build, none hands on its warnings. Debug information has to name the sources."""
    folders = {os.fsencode(os.path.realpath(folder)) for folder in (options.source, options.build)}
    own_folder = re.compile(rb"(?:%s)(?![\w.-])" % b"|".join(re.escape(folder) for folder in folders))
    files = [path for path in prefix.rglob("*") if path.is_file()]
    for path in files:
        if path.suffix == ".a" and options.config not in ("Release", "MinSizeRel"):
            continue
        content, name = path.read_bytes(), path.relative_to(prefix)
        found = own_folder.search(content)
        expect(not found, f"{name} names a folder of the build: {found and content[found.start() - 40:found.end() + 40]}")
        expect(path.suffix == ".a" or b"-Werror" not in content, f"{name} hands -Werror on")

    installed = {path.relative_to(prefix / "include").as_posix() for path in files if path.suffix == ".h"}
    public = pathlib.Path(options.source, "client/include")
    wanted = {path.relative_to(public).as_posix() for path in public.rglob("*.h")}
    expect(installed == wanted, f"other headers are installed than are public: {sorted(installed ^ wanted)}")


def check_headers(options, prefix, flags):
    include = prefix / "include"

    def compile_alone(header):
        name = header.relative_to(include).as_posix()
        run(options.cxx, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags, "-x", "c++", "-",
            text=f'#include "{name}"\n')

    headers = sorted(include.rglob("*.h"))
    expect(headers, "no header is installed")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(compile_alone, headers))


def check_find_package(options, prefix, folder):
    run(options.cmake, "-G", options.generator, "-S", PROJECT, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={options.cxx}", "-DCMAKE_BUILD_TYPE=Release")
    found = re.search(r"^Penstock_DIR:PATH=(.*)$", (folder / "CMakeCache.txt").read_text(encoding="utf-8"), re.MULTILINE)
    expect(found and pathlib.Path(found[1]).is_relative_to(prefix), f"another Penstock was found: {found and found[1]}")
    output = run(options.cmake, "--build", folder, "--verbose")
    links = [line for line in output.splitlines() if "libpenstock_client" in line and " -o " in line]
    expect(links, f"no line links the library:\n{output}")
    for line in links:
        check_link_line(line)
    check_program(folder / "uses-penstock")


def pkg_config(prefix, *arguments):
    path = next(prefix.rglob("penstock.pc"), None)
    expect(path, "penstock.pc is not installed")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(path.parent)}
    return shlex.split(run("pkg-config", *arguments, "penstock", environment=environment))


def check_pkg_config(options, prefix, folder):
    folder.mkdir()
    flags = pkg_config(prefix, "--cflags", "--libs", "--static")
    check_link_line(shlex.join(flags))
    run(options.cxx, "-std=c++20", PROJECT / "main.cc", *flags, "-o", folder / "uses-penstock")
    check_program(folder / "uses-penstock")
    # What main.cc does not reach has to link too.
    library = next(prefix.rglob("libpenstock_client.a"))
    run(options.cxx, "-shared", "-Wl,--no-undefined", "-Wl,--whole-archive", library, "-Wl,--no-whole-archive", *flags,
        "-o", folder / "all.so")


def check_install(options, scratch):
    # Moved after it was installed: nothing in it may hold on to its first place.
    first, prefix = scratch / "first", scratch / "prefix"
    run(options.cmake, "--install", options.build, "--config", options.config, "--component", "client", "--prefix", first)
    first.rename(prefix)
    check_files(options, prefix)
    check_headers(options, prefix, pkg_config(prefix, "--cflags"))
    check_find_package(options, prefix, scratch / "by-find-package")
    check_pkg_config(options, prefix, scratch / "by-pkg-config")


def check_client_only(options, scratch):
    build = scratch / "build"
    run(options.cmake, "-G", options.generator, "-S", options.source, "-B", build, f"-DCMAKE_CXX_COMPILER={options.cxx}",
        "-DPENSTOCK_BUILD_BROKER=OFF", *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON" for package in BROKER_PACKAGES))
    # What pkg-config finds cannot be taken away like that.
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    expect("NGHTTP2" not in cache, "nghttp2 is looked for")
    commands = (build / "compile_commands.json").read_text(encoding="utf-8")
    expect("client/rpc/client.cc" in commands and "client/cli/main.cc" in commands, "the client is not built")
    for folder in ("storage", "broker", "tests", "bench", "internal"):
        expect(not re.search(rf'"file": "[^"]*/{folder}/', commands), f"something of {folder}/ is built")


CASES = {"install": check_install, "client-only": check_client_only}


def main():
    parser = argparse.ArgumentParser(description="See the head of this file.")
    parser.add_argument("case", choices=sorted(CASES))
    for name in ("cmake", "generator", "cxx", "source", "build", "config"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    # Real, for comparing with what CMake writes.
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="penstock-package-")).resolve()
    try:
        CASES[options.case](options, scratch)
    except (Unexpected, subprocess.TimeoutExpired) as fault:
        print(fault, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
