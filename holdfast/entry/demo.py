"""`holdfast demo`: everything on one machine, with a made-up program and a telephone company beside it.

`seed` makes the people and their history; `demo_main` starts PostgreSQL, brings it up to date and keeps
every program running until Ctrl-C. The data stays in HOLDFAST_DATA, so a second start takes it up again.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

ACCOUNT: Final = "AC" + "d" * 32
