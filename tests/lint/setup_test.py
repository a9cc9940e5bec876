"""tools/setup.sh against a made-up system: dpkg-query, apt-get and the rest are scripts that write down their calls."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"

FAKES = {
    "dpkg-query": 'for last; do :; done\ngrep -qx "$last" "$FAKE/installed" && printf "install ok installed"',
    "dpkg": 'case "$1" in --audit) cat "$FAKE/audit";; *) echo "dpkg $*" >>"$FAKE/calls"; : >"$FAKE/audit";; esac',
    "apt-cache": 'echo "$2:"\nif grep -qx "$2" "$FAKE/unknown"; then echo "  Candidate: (none)"; else echo "  Candidate: 1.0"; fi',
    "apt-get": 'echo "apt-get $DEBIAN_FRONTEND $*" >>"$FAKE/calls"\n[ ! -t 0 ] || exit 3\nexit "$(cat "$FAKE/apt_result")"',
    "id": "cat $FAKE/user",
    "sudo": 'if [ "$1" = -n ]; then exit "$(cat "$FAKE/sudo_result")"; fi\necho "sudo" >>"$FAKE/calls"\n"$@"',
}


class SetupTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = Path(folder.name)
        (self.fake / "bin").mkdir()
        (self.fake / "lists").mkdir()
        (self.fake / "lists" / "main_Packages").touch()
        for name, body in FAKES.items():
            script = self.fake / "bin" / name
            script.write_text(f"#!/bin/sh\n{body}\n")
            script.chmod(0o755)
        self.state(installed="", unknown="", audit="", apt_result="0", user="0", sudo_result="0", calls="")

    def state(self, **files):
        for name, text in files.items():
            (self.fake / name).write_text(text + "\n" if text else "")

    def setup_sh(self, *arguments, **environment):
        inherited = {name: value for name, value in os.environ.items() if name != "MOTE_SKIP_SETUP"}
        known = {**inherited, "PATH": f"{self.fake / 'bin'}:{os.environ['PATH']}", "FAKE": str(self.fake),
                 "MOTE_APT_LISTS": str(self.fake / "lists"), **environment}  # fmt: skip
        return subprocess.run([str(SETUP), *arguments], capture_output=True, text=True, env=known, stdin=subprocess.DEVNULL)

    def packages(self, name):
        return self.setup_sh("--list", name).stdout.split()

    def calls(self):
        return (self.fake / "calls").read_text()

    def test_nothing_missing_touches_nothing(self):
        self.state(installed="\n".join(self.packages("test")))
        result = self.setup_sh("test")
        self.assertEqual((result.returncode, result.stderr, self.calls()), (0, "", ""))

    def test_only_what_is_missing_is_named_and_installed_without_recommendations_or_questions(self):
        packages = self.packages("demo")
        self.state(installed="\n".join(p for p in packages if p not in ("libelf-dev", "cmake")))
        result = self.setup_sh("demo")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("cmake libelf-dev", result.stderr)
        update, install = self.calls().splitlines()
        self.assertRegex(update, r"^apt-get noninteractive .*-y .* update$")
        self.assertRegex(install, r"^apt-get noninteractive .* install --no-install-recommends cmake libelf-dev$")

    def test_sets_grow(self):
        self.assertLess(set(self.packages("demo")), set(self.packages("test")))
        self.assertLess(set(self.packages("demo")), set(self.packages("bench")))
        self.assertEqual([p for p in self.packages("demo") if "python" in p or "npm" in p or "node" in p], [])

    def test_an_interrupted_installation_is_finished_first(self):
        self.state(audit="half-configured: cmake")
        result = self.setup_sh("demo")
        self.assertEqual(result.returncode, 0, result.stderr)
        calls = self.calls().splitlines()
        self.assertRegex(calls[0], r"^dpkg .*--configure -a$")
        self.assertRegex(calls[1], r"-f install$")
        self.assertRegex(calls[2], r" update$")

    def test_without_root_sudo_is_used(self):
        self.state(user="1000")
        self.assertEqual(self.setup_sh("demo").returncode, 0)
        self.assertEqual(self.calls().splitlines()[0], "sudo")

    def test_a_password_that_nobody_can_type_is_refused_with_the_command(self):
        self.state(user="1000", sudo_result="1")
        result = self.setup_sh("demo")
        self.assertEqual((result.returncode, self.calls()), (1, ""))
        self.assertIn("run as root: apt-get install --no-install-recommends g++", result.stderr)

    def test_an_extra_the_distribution_lacks_is_left_out_and_said(self):
        self.state(unknown="clang-16")
        result = self.setup_sh("test")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no package clang-16 here", result.stderr)
        self.assertNotIn("clang-16 ", self.calls().splitlines()[-1] + " ")
        self.assertIn("clang-format-16", self.calls())

    def test_a_lacking_extra_alone_does_not_ask_the_network_every_time(self):
        self.state(unknown="clang-16", installed="\n".join(p for p in self.packages("test") if p != "clang-16"))
        result = self.setup_sh("test")
        self.assertEqual((result.returncode, self.calls()), (0, ""))

    def test_a_required_package_the_distribution_lacks_is_refused_by_name(self):
        self.state(unknown="libexpected-dev")
        result = self.setup_sh("demo")
        self.assertEqual(result.returncode, 1)
        self.assertIn("do not have: libexpected-dev", result.stderr)
        self.assertNotIn(" install --no", self.calls())

    def test_a_failing_apt_fails(self):
        self.state(apt_result="100")
        self.assertNotEqual(self.setup_sh("demo").returncode, 0)

    def test_it_can_be_switched_off(self):
        result = self.setup_sh("demo", MOTE_SKIP_SETUP="1")
        self.assertEqual((result.returncode, self.calls()), (0, ""))

    def test_wrong_usage(self):
        self.assertIn("usage:", self.setup_sh("everything").stderr)
        self.assertEqual(self.setup_sh().returncode, 1)


if __name__ == "__main__":
    unittest.main()
