#!/usr/bin/env python3
"""The rules of the tree that no compiler knows. Run by ctest and by `./x check`.

usage: layering.py ROOT          prints what breaks a rule, ends with 1 if anything does
       layering.py --self-test   feeds the checker a violation of each rule and expects each to be found

Rules, by the names that a finding carries:

  layer          a folder includes only the layers below it (table LAYERS; docs/architecture.md draws it)
  doors          broker/grpc and broker/kinesis are doors: only themselves and the main program include them
  wire           broker/http knows common alone, broker/aws that and what is counted: no streams, no records
  grpc           gRPC is known in broker/grpc, client/rpc, the main program, tests and benchmarks alone
  rocksdb        RocksDB is known in storage, broker/cluster, tests and benchmarks alone
  prometheus     Prometheus is known in broker/admin, tests and benchmarks alone
  public-header  a header of client/include/penstock includes the standard library, Abseil and its siblings alone
  include-path   a quoted include is written from the root of the tree, or from client/include
  header         a .h has `#pragma once` and begins with a comment that says what it is
  length         no source has more than 800 lines; from 450 on there is a notice
  machine-path   no file names a folder of the machine that it was written on
  test-name      tests/unit/<path>_test.cc tests <path>.h or <path>.cc, and only such files hold unit tests
"""

import pathlib
import re
import sys
from typing import Iterator, NamedTuple

LINES_MAX = 800
LINES_LONG = 450

# What each folder may include of the tree. "proto" is all generated messages; "proto/public" those of penstock/v1 and
# google/rpc; "proto/internal" those of penstock/internal; "client/include" the public headers of the client library.
LAYERS = {
    "common": {"common"},
    "storage": {"common", "storage", "proto/internal"},
    "broker": {"common", "storage", "broker", "proto/public", "proto/internal"},
    "client": {"common", "client", "client/include", "proto/public"},
    "bench": {"common", "storage", "broker", "client", "client/include", "proto/public", "proto/internal", "bench",
              "tests"},
    "tests": {"common", "storage", "broker", "client", "client/include", "proto/public", "proto/internal", "bench",
              "tests"},
}
# The main program: what lies directly in broker/, and the composition root in broker/app/.
MAIN_PROGRAM = re.compile(r"^broker/(app/)?[^/]+$")
KNOW_GRPC = ("broker/grpc/", "client/rpc/", "tests/", "bench/")
KNOW_ROCKSDB = ("storage/", "broker/cluster/", "tests/", "bench/")
KNOW_PROMETHEUS = ("broker/admin/", "tests/", "bench/")
DOORS = ("broker/grpc/", "broker/kinesis/")
# What a door is built on, and could as well carry another service: what each may include of the tree.
WIRES = {
    "broker/http/": ("common/", "broker/http/"),
    "broker/aws/": ("common/", "broker/http/", "broker/aws/", "broker/metrics/"),
}
PUBLIC_HEADERS = "client/include/"

# Third-party folders that are included with quotes or without.
THIRD_PARTY = ("absl/", "boost/", "benchmark/", "catch2/", "CLI/", "fmt/", "google/protobuf/", "grpc/", "grpcpp/",
               "nghttp2/", "nlohmann/", "openssl/", "rocksdb/", "spdlog/", "toml++/")
SOURCE_SUFFIXES = {".h", ".cc", ".py", ".sh", ".proto"}
# Put together here, so that this file does not break its own rule.
MACHINE_PATH = re.compile(r"(?<![\w.~$})\]>*-])/(?:%s)(?:/|$)" % "|".join(("work", "farm", "root", r"home/\w+")),
                          re.MULTILINE)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]')
STANDARD_HEADER = re.compile(r"^[a-z0-9_]+(\.h)?$")


class Finding(NamedTuple):
    rule: str
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text} [{self.rule}]"


class Include(NamedTuple):
    line: int
    quoted: bool
    name: str


def layer_of(name: str) -> str:
    """The layer that an included name belongs to; empty if it is not of the tree."""
    if name.endswith(".pb.h"):
        if name.startswith("penstock/internal/"):
            return "proto/internal"
        return "" if name.startswith("google/protobuf/") else "proto/public"
    if name.startswith("penstock/"):
        return "client/include"
    first = name.split("/", 1)[0]
    return first if "/" in name and first in LAYERS else ""


def includes_of(text: str) -> Iterator[Include]:
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield Include(number, match[1] == '"', match[2])


def check_include(path: str, include: Include) -> Iterator[Finding]:
    def finding(rule, text):
        return Finding(rule, path, include.line, text)

    name, folder, layer = include.name, path.split("/", 1)[0], layer_of(include.name)
    main_program = MAIN_PROGRAM.match(path) is not None

    if layer and layer not in LAYERS[folder]:
        yield finding("layer", f"{folder}/ may not include {name}")
    if name.startswith(DOORS):
        door = next(d for d in DOORS if name.startswith(d))
        if not main_program and not path.startswith((door, "tests/", "bench/")):
            yield finding("doors", f"{name} belongs to a door: behaviour lives in stream/, record/ and lease/")
    for wire, known in WIRES.items():
        if path.startswith(wire) and layer and not name.startswith(known):
            yield finding("wire", f"{wire} may not include {name}")
    if (name.startswith(("grpcpp/", "grpc/")) or name.endswith(".grpc.pb.h")) \
            and not main_program and not path.startswith(KNOW_GRPC):
        yield finding("grpc", f"{name}: gRPC is not known here")
    if name.startswith("rocksdb/") and not path.startswith(KNOW_ROCKSDB):
        yield finding("rocksdb", f"{name}: RocksDB is not known here")
    if name.startswith("prometheus/") and not path.startswith(KNOW_PROMETHEUS):
        yield finding("prometheus", f"{name}: Prometheus is not known here")
    if path.startswith(PUBLIC_HEADERS):
        standard = not include.quoted and STANDARD_HEADER.match(name) is not None
        sibling = name.startswith("penstock/") and not name.endswith(".pb.h")
        if not standard and not sibling and not name.startswith("absl/"):
            yield finding("public-header", f"a public header may not include {name}")
    if include.quoted and not layer and not name.startswith(THIRD_PARTY):
        yield finding("include-path", f'"{name}" is not written from the root of the tree')


def check_header(path: str, text: str) -> Iterator[Finding]:
    lines = [line.strip() for line in text.splitlines()]
    if "#pragma once" not in lines:
        yield Finding("header", path, 1, "no #pragma once")
    first = next((line for line in lines if line and line != "#pragma once"), "")
    if not first.startswith(("//", "/*")):
        yield Finding("header", path, 1, "does not begin with a comment that says what it is")


def check_test_name(path: str, text: str, files: set) -> Iterator[Finding]:
    inner = path.removeprefix("tests/unit/")
    if not inner.endswith("_test.cc"):
        if re.search(r"^(TEST_CASE|SCENARIO|TEMPLATE_TEST_CASE)\b", text, re.MULTILINE):
            yield Finding("test-name", path, 1, "holds tests, but its name does not end in _test.cc")
        return
    tested = inner.removesuffix("_test.cc")
    if tested + ".h" not in files and tested + ".cc" not in files:
        yield Finding("test-name", path, 1, f"tests {tested}.h or .cc, which does not exist")


def is_script(path: str, text: str) -> bool:
    return pathlib.PurePosixPath(path).suffix in SOURCE_SUFFIXES or text.startswith("#!")


def check_file(path: str, text: str, files: set) -> Iterator[Finding]:
    for match in MACHINE_PATH.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Finding("machine-path", path, line, f"names a folder of one machine: {match[0]}")
    lines = text.count("\n")
    if is_script(path, text) and lines > LINES_MAX:
        yield Finding("length", path, LINES_MAX, f"has {lines} lines, more than {LINES_MAX}")
    if path.split("/", 1)[0] in LAYERS and path.endswith((".h", ".cc")):
        for include in includes_of(text):
            yield from check_include(path, include)
    if path.endswith(".h"):
        yield from check_header(path, text)
    if path.startswith("tests/unit/") and path.endswith(".cc"):
        yield from check_test_name(path, text, files)


def ignored_folders(root: pathlib.Path) -> set:
    """Folders that .gitignore names, and git's own."""
    ignored = {".git"}
    gitignore = root / ".gitignore"
    if gitignore.is_file():
        lines = gitignore.read_text(encoding="utf-8").splitlines()
        ignored.update(line.strip("/") for line in lines if line.endswith("/"))
    return ignored


def read_tree(root: pathlib.Path) -> dict:
    """{path from the root: text} of every text file."""
    tree, ignored = {}, ignored_folders(root)
    pending = [root]
    while pending:
        for entry in pending.pop().iterdir():
            if entry.is_symlink() or entry.name in ignored:
                continue
            if entry.is_dir():
                pending.append(entry)
            elif entry.is_file():
                content = entry.read_bytes()
                if b"\0" not in content:
                    tree[entry.relative_to(root).as_posix()] = content.decode("utf-8", errors="replace")
    return tree


def check_tree(tree: dict) -> list:
    files = set(tree)
    return [finding for path in sorted(tree) for finding in check_file(path, tree[path], files)]


def long_files(tree: dict) -> list:
    return [f"{path}: {text.count(chr(10))} lines, long from {LINES_LONG} on" for path, text in sorted(tree.items())
            if is_script(path, text) and LINES_LONG < text.count("\n") <= LINES_MAX]


def main(arguments: list) -> int:
    if arguments == ["--self-test"]:
        import self_test  # pylint: disable=import-outside-toplevel
        return self_test.main()
    if len(arguments) != 1 or not (pathlib.Path(arguments[0]) / "CMakeLists.txt").is_file():
        print("usage: layering.py ROOT | --self-test", file=sys.stderr)
        return 2
    tree = read_tree(pathlib.Path(arguments[0]))
    findings = check_tree(tree)
    for notice in long_files(tree):
        print(f"notice: {notice}")
    for finding in findings:
        print(finding)
    print(f"{len(tree)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
