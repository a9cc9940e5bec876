"""A small source tree in a temporary folder, for testing the checkers of tools/ on."""

import importlib.util
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def load_tool(name):
    """A script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TreeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def run_tool(self, name, *arguments):
        """Exit code and messages of a script of tools/ on the tree."""
        command = [sys.executable, str(TOOLS / f"{name}.py"), *arguments, str(self.root)]
        result = subprocess.run(command, capture_output=True, text=True)
        return result.returncode, result.stderr

    def assert_refused(self, name, message, *arguments):
        code, said = self.run_tool(name, *arguments)
        self.assertEqual(code, 1, said)
        self.assertIn(message, said)

    def assert_accepted(self, name, *arguments):
        code, said = self.run_tool(name, *arguments)
        self.assertEqual(code, 0, said)
