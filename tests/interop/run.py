#!/usr/bin/env python3
"""Runs one of the interop programs against a penstockd of its own, or against an endpoint that is there already.

usage: run.py CLIENT VARIANT --penstockd FILE --penstock FILE --build DIR     as ctest does
       run.py CLIENT --endpoint URL --build DIR                               against whatever listens there

CLIENT is cli, boto3, js, java or go. VARIANT is plain (http://, no credentials configured) or tls (https:// with a CA of
`penstock tls init`, signatures verified). Ends with 0 if all was as expected, 1 if not, and 77 (skipped) if what the client
needs cannot be had because its registry is out of reach; with CI=true in the environment that is 1 too.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from clients import CLIENTS, Unreachable

SKIPPED = 77
REGION = "us-east-1"
FLIGHTS = pathlib.Path(__file__).resolve().parent.parent / "demo" / "data" / "flights-20k.ndjson"
# Far beyond what a slow machine needs.
START_SECONDS = 30
STOP_SECONDS = 30
PROGRAM_SECONDS = 900
LOG_TAIL_BYTES = 4000
# Without credentials configured any pair will do; of this form other servers of the API make an account.
ANY_ACCESS_KEY = ("000000000000", "any-secret")


class Broker:
    """penstockd with its data and log in `folder`; ends with the `with` block."""

    def __init__(self, penstockd, folder, flags):
        self.folder = folder
        self.endpoint_file = folder / "endpoint.json"
        # The settings of whoever runs the tests are not the broker's.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")}
        self.log = open(folder / "penstockd.log", "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [penstockd, "--data-dir", folder / "data", "--grpc-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
             "--kinesis-listen", "127.0.0.1:0", "--endpoint-file", self.endpoint_file, *flags],
            env=environment, stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def kinesis(self):
        """The endpoint's host and port, once it is up."""
        deadline = time.monotonic() + START_SECONDS
        while not self.endpoint_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError(f"penstockd ended with {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"penstockd is not up after {START_SECONDS} s:\n{self.log_tail()}")
            time.sleep(0.01)
        return json.loads(self.endpoint_file.read_text(encoding="utf-8"))["kinesis"]

    def log_tail(self):
        return (self.folder / "penstockd.log").read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", "replace")


def write_credentials(penstockd, file):
    """A file with one access key, made by the broker itself. Returns the key's id and secret."""
    subprocess.run([penstockd, "--make-credentials", file], check=True, stdout=subprocess.DEVNULL)
    key = tomllib.loads(file.read_text(encoding="utf-8"))["keys"][0]
    return key["id"], key["secret"]


def make_tls(penstock, folder):
    subprocess.run([penstock, "tls", "init", "--out", folder], check=True, stdout=subprocess.DEVNULL)


def run_program(client, folder, command, settings):
    print(f"endpoint: {settings['INTEROP_ENDPOINT']}", flush=True)
    # Neither the user's configuration nor a proxy comes between: the endpoint is on this machine.
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
    environment.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true",
                       PYTHONDONTWRITEBYTECODE="1", INTEROP_REGION=REGION, INTEROP_STREAM=f"flights-{client.name}-{os.getpid()}", **settings)
    ca_file = settings.get("INTEROP_CA_FILE")
    if ca_file:
        environment.update(client.trust(folder, pathlib.Path(ca_file)))
    try:
        return subprocess.run(command, env=environment, check=False, timeout=PROGRAM_SECONDS).returncode
    except subprocess.TimeoutExpired:
        print(f"WRONG: not done after {PROGRAM_SECONDS} s")
        return 1


def run_with_broker(client, command, arguments):
    with tempfile.TemporaryDirectory(prefix="penstock-interop-") as name:
        # Under the limits of Kinesis, which are the default, the flights would take minutes and a retry for each refusal.
        folder, flags = pathlib.Path(name), ["--kinesis-stream-limits", "unlimited"]
        settings = {"INTEROP_FLIGHTS": str(arguments.flights)}
        key, scheme = ANY_ACCESS_KEY, "http"
        if arguments.variant == "tls":
            make_tls(arguments.penstock, folder / "tls")
            key, scheme = write_credentials(arguments.penstockd, folder / "credentials.toml"), "https"
            flags += ["--credentials-file", folder / "credentials.toml", "--kinesis-tls-cert-file", folder / "tls" / "server.pem",
                     "--kinesis-tls-key-file", folder / "tls" / "server-key.pem"]
            settings.update(INTEROP_CA_FILE=str(folder / "tls" / "ca.pem"), INTEROP_SIGNATURES="1")
        with Broker(arguments.penstockd, folder, flags) as broker:
            settings.update(INTEROP_ENDPOINT=f"{scheme}://{broker.kinesis()}", INTEROP_ACCESS_KEY_ID=key[0],
                            INTEROP_SECRET_ACCESS_KEY=key[1])
            result = run_program(client, folder, command, settings)
            if result:
                print(f"--- the end of penstockd's log\n{broker.log_tail()}")
            return result


def main():
    parser = argparse.ArgumentParser(description="Interop test of one client.")
    parser.add_argument("client", choices=sorted(CLIENTS))
    parser.add_argument("variant", nargs="?", choices=("plain", "tls"), default="plain")
    parser.add_argument("--penstockd")
    parser.add_argument("--penstock")
    parser.add_argument("--endpoint", help="of a server that is there already")
    parser.add_argument("--flights", type=pathlib.Path, default=FLIGHTS, help="fewer of them, for a slow server")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="for what is downloaded and compiled")
    arguments = parser.parse_args()
    if not arguments.endpoint and not (arguments.penstockd and arguments.penstock):
        parser.error("--penstockd and --penstock, or --endpoint")

    client = CLIENTS[arguments.client]
    try:
        command = client.prepare(arguments.build.resolve())
    except Unreachable as error:
        in_ci = os.environ.get("CI") == "true"
        print(f"{'FAILED' if in_ci else 'SKIPPED'}: interop {client.name}: {error}")
        return 1 if in_ci else SKIPPED
    if arguments.endpoint:
        return run_program(client, arguments.build, command, {
            "INTEROP_ENDPOINT": arguments.endpoint, "INTEROP_FLIGHTS": str(arguments.flights.resolve()), "INTEROP_ACCESS_KEY_ID": ANY_ACCESS_KEY[0],
            "INTEROP_SECRET_ACCESS_KEY": ANY_ACCESS_KEY[1]})
    return run_with_broker(client, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
