"""How each client of the interop tests is made ready: what it needs is downloaded and compiled below the build folder, never in
the tree, and again only when its sources or versions change."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCES = pathlib.Path(__file__).resolve().parent
PREPARE_SECONDS = 900
# How the package clients say that a registry is out of reach. Any other failure is one of the test.
OUT_OF_REACH = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT"  # npm
    r"|dial tcp|no such host|i/o timeout|TLS handshake timeout|module lookup disabled"  # go
    r"|Unknown host|Connection refused|Connect(ion)? timed out|Network is unreachable|offline mode"  # maven
    r"|Temporary failure in name resolution|No route to host")


class Unreachable(Exception):
    """What a client needs cannot be downloaded now."""


def tool(name):
    """Debian's own program before another of the same name on PATH."""
    debian = pathlib.Path("/usr/bin") / name
    found = str(debian) if debian.exists() else shutil.which(name)
    if not found:
        raise Unreachable(f"no program '{name}' here; `./x setup` installs it, where it may")
    return found


def on_path(name):
    """The one on PATH, as developers have newer ones there."""
    return shutil.which(name) or tool(name)


def run(command, folder, what, download=False, environment=None):
    """Runs a step of the making. `download`: only this one may fail because of the network."""
    try:
        done = subprocess.run(command, cwd=folder, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False, timeout=PREPARE_SECONDS)
    except subprocess.TimeoutExpired as error:
        if download:
            raise Unreachable(f"{what}: no answer in {PREPARE_SECONDS} s") from error
        raise
    if done.returncode == 0:
        return done.stdout
    if download and OUT_OF_REACH.search(done.stdout):
        raise Unreachable(f"{what}: registry out of reach: {OUT_OF_REACH.search(done.stdout)[0]}")
    sys.exit(f"{done.stdout[-4000:]}\nFAILED: {what} ended with {done.returncode}")


class Client:
    """A client whose sources are in the folder of its name."""

    def __init__(self, name):
        self.name = name
        self.sources = SOURCES / name

    def prepare(self, build):
        """Makes it ready, one process at a time. Returns the command that runs it."""
        folder = build / self.name
        build.mkdir(parents=True, exist_ok=True)
        with open(build / f"{self.name}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            stamp, digest = folder / ".made", self.digest()
            if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
                with contextlib.suppress(FileNotFoundError):
                    stamp.unlink()
                shutil.copytree(self.sources, folder, dirs_exist_ok=True)
                self.make(folder)
                stamp.write_text(digest, encoding="utf-8")
        return self.command(folder)

    def digest(self):
        digest = hashlib.sha256(self.toolchain().encode("utf-8"))
        for file in sorted(self.sources.iterdir()):
            digest.update(file.name.encode("utf-8") + b"\0" + file.read_bytes())
        return digest.hexdigest()

    def toolchain(self):
        """What compiled it, so that another version compiles again."""
        return ""

    def make(self, folder):
        """Downloads and compiles in `folder`, where the sources are copied."""

    def command(self, folder):
        raise NotImplementedError

    def trust(self, folder, ca_file):
        """What tells the client in its environment to trust the CA; `folder` is for files."""
        raise NotImplementedError


class Python(Client):
    """Runs from the tree, where harness.py is; there is nothing to make."""

    def __init__(self, name, needs):
        super().__init__(name)
        self.needs = needs

    def prepare(self, build):
        self.needs()
        return [tool("python3"), str(self.sources / "scenario.py")]

    def trust(self, folder, ca_file):
        return {"AWS_CA_BUNDLE": str(ca_file)}


def needs_boto3():
    found = subprocess.run([tool("python3"), "-c", "import boto3"], check=False, stderr=subprocess.DEVNULL)
    if found.returncode:
        raise Unreachable("no module boto3 here; `./x setup` installs it, where it may")


class JavaScript(Client):

    def toolchain(self):
        return run([on_path("node"), "--version"], self.sources, "node")

    def make(self, folder):
        run([on_path("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, "npm ci", download=True)

    def command(self, folder):
        return [on_path("node"), str(folder / "scenario.js")]

    def trust(self, folder, ca_file):
        return {"NODE_EXTRA_CA_CERTS": str(ca_file)}


class Go(Client):
    # The modules go where the user's others are, so that they are downloaded once.
    ENVIRONMENT = {"GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}

    def toolchain(self):
        return run([on_path("go"), "version"], self.sources, "go", environment=self.ENVIRONMENT)

    def make(self, folder):
        run([on_path("go"), "mod", "download"], folder, "go mod download", download=True, environment=self.ENVIRONMENT)
        run([on_path("go"), "build", "-o", "interop", "."], folder, "go build", environment=self.ENVIRONMENT)

    def command(self, folder):
        return [str(folder / "interop")]

    def trust(self, folder, ca_file):
        return {"SSL_CERT_FILE": str(ca_file)}


class Java(Client):

    def toolchain(self):
        return run([on_path("javac"), "-version"], self.sources, "javac")

    def make(self, folder):
        shutil.rmtree(folder / "lib", ignore_errors=True)
        shutil.rmtree(folder / "classes", ignore_errors=True)
        run([on_path("mvn"), "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}"], folder,
            "mvn dependency:copy-dependencies", download=True)
        sources = sorted(str(file) for file in folder.glob("*.java"))
        run([on_path("javac"), "-Xlint:all,-processing,-classfile", "-Werror", "-encoding", "UTF-8", "-cp", f"{folder / 'lib'}/*", "-d",
             str(folder / "classes"), *sources], folder, "javac")

    def command(self, folder):
        return [on_path("java"), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{folder / 'classes'}:{folder / 'lib'}/*", "Main"]

    def trust(self, folder, ca_file):
        store = folder / "ca.p12"
        run([on_path("keytool"), "-importcert", "-noprompt", "-alias", "penstock", "-file", str(ca_file), "-keystore", str(store),
             "-storetype", "PKCS12", "-storepass", "changeit"], folder, "keytool")
        return {"JAVA_TOOL_OPTIONS": f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword=changeit"}


def needs_aws_cli():
    version = run([tool("aws"), "--version"], SOURCES, "aws --version")
    if not version.startswith("aws-cli/2"):
        raise Unreachable(f"AWS CLI 2 is needed, here is {version.strip()}; `./x setup` installs it, where it may")


CLIENTS = {client.name: client for client in (
    Python("cli", needs_aws_cli), Python("boto3", needs_boto3), JavaScript("js"), Java("java"), Go("go"))}
