#!/usr/bin/python3
"""Records a terminal session of the real program as an animated picture (SVG) and as a text.

Usage: record.py PLAND SESSION PICTURE

SESSION is a shell script; each of its lines is typed at a prompt and run by bash in a terminal of 92 columns, in a
new folder with a HOME of its own. Lines that begin with `#:` are run unseen, before the session. What the screen
shows is read through pyte, a terminal emulator; nothing is made up: ids and times are those of that run.
"""

import fcntl
import html
import os
import pathlib
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios

import pyte

COLUMNS, ROWS = 92, 30
LINE, CHARACTER, MARGIN = 18, 8.42, 14
TYPING = 0.035  # seconds a character; in the picture alone
COLOURS = {
    "default": "#d8dee9", "black": "#3b4252", "red": "#ff7a85", "green": "#a3d977", "brown": "#f2c14e",
    "blue": "#7db7ff", "magenta": "#d699e0", "cyan": "#7fd6e0", "white": "#eceff4", "brightblack": "#7a869c",
}


class Session:
    def __init__(self, pland, folder):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.frames = []  # (seconds since the frame before, rows)
        self.folder = folder
        home = folder / "home"
        home.mkdir()
        self.work = folder / "work"
        self.work.mkdir()
        self.environment = {
            "PATH": f"{pathlib.Path(pland).parent.resolve()}:/usr/bin:/bin", "HOME": str(home), "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": str(home / "state"), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "you", "GIT_AUTHOR_EMAIL": "you@example.com", "GIT_COMMITTER_NAME": "you",
            "GIT_COMMITTER_EMAIL": "you@example.com", "GIT_PAGER": "cat",
        }
        self.state = folder / "state.sh"
        self.state.write_text("")

    def rows(self):
        def cells(line):
            row = [self.screen.buffer[line][column] for column in range(COLUMNS)]
            while row and row[-1].data == " " and not row[-1].reverse:
                row.pop()
            return tuple((cell.data, cell.fg, cell.bold, cell.reverse) for cell in row)

        return tuple(cells(line) for line in range(ROWS))

    def show(self, wait):
        rows = self.rows()
        if not self.frames or self.frames[-1][1] != rows:
            self.frames.append((wait, rows))

    def type(self, line):
        self.stream.feed(b"\x1b[1;32m$\x1b[0m ")
        self.show(0.6)
        for start in range(0, len(line), 4):
            self.stream.feed(line[start : start + 4].encode())
            self.show(TYPING * 4)
        self.stream.feed(b"\r\n")
        self.show(0.3)

    def run(self, line, seen=True):
        # Variables and the folder live from one line to the next.
        script = f'cd {self.work}; . {self.state}\n{line}\ncode=$?\n{{ declare -p here 2>/dev/null; printf "cd %q\\n" "$PWD"; }} > {self.state}\nexit $code'
        if not seen:
            subprocess.run(["bash", "-c", script], env=self.environment, check=True)
            return
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("bash", ["bash", "-c", script], self.environment)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        while True:
            ready, _, _ = select.select([terminal], [], [], 60)
            if not ready:
                sys.exit(f"record: nothing came for a minute from: {line}")
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            self.stream.feed(data)
            self.show(0.12)
        os.waitpid(child, 0)
        os.close(terminal)


def spans(row):
    """Runs of cells that look the same: (column, text, colour, bold)."""
    runs = []
    for column, (data, colour, bold, reverse) in enumerate(row):
        look = (COLOURS.get(colour, COLOURS["default"]), bold)
        if runs and runs[-1][2:] == look and runs[-1][0] + len(runs[-1][1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + data, *look)
        else:
            runs.append((column, data, *look))
    return [run for run in runs if run[1].strip()]


def svg_row(row, line):
    parts = []
    for column, text, colour, bold in spans(row):
        stripped = text.lstrip(" ")
        x = MARGIN + (column + len(text) - len(stripped)) * CHARACTER
        width = len(stripped.rstrip(" ")) * CHARACTER
        weight = ' font-weight="bold"' if bold else ""
        parts.append(
            f'<text x="{x:.1f}" y="{MARGIN + 14 + line * LINE}" fill="{colour}"{weight} textLength="{width:.1f}">'
            # Not every viewer of pictures keeps plain spaces.
            f"{html.escape(stripped.rstrip(' ')).replace(' ', chr(160))}</text>"
        )
    return "".join(parts)


def svg(frames):
    """Every distinct row once; a frame shows its rows for its time. The last one stays a while."""
    height = max(index + 1 for _, rows in frames for index, row in enumerate(rows) if row) * LINE + 2 * MARGIN
    width = COLUMNS * CHARACTER + 2 * MARGIN
    starts, now = [], 0.0
    for wait, _ in frames:
        now += wait
        starts.append(now)
    total = now + 8
    # When each picture of a row is there: from its frame until the row changes.
    shown = []
    for line in range(ROWS):
        begin, content = 0.0, ()
        for start, (_, rows) in zip(starts, frames):
            if rows[line] != content:
                if content:
                    shown.append((line, content, begin, start))
                begin, content = start, rows[line]
        if content:
            shown.append((line, content, begin, total))
    body = []
    for line, content, begin, end in shown:
        drawn = svg_row(content, line)
        if not drawn:
            continue
        stays = end >= total
        values = "0;1" if stays else "0;1;0"
        times = f"0;{begin / total:.5f}" if stays else f"0;{begin / total:.5f};{end / total:.5f}"
        body.append(
            # The plain value is that of the end: what does not animate shows the last screen.
            f'<g opacity="{1 if stays else 0}">{drawn}<animate attributeName="opacity" calcMode="discrete" '
            f'values="{values}" keyTimes="{times}" dur="{total:.2f}s" repeatCount="indefinite"/></g>'
        )
    newline = "\n"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" role="img" aria-label="a terminal session with pland">\n'
        f'<rect width="100%" height="100%" rx="8" fill="#20242d"/>\n'
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, DejaVu Sans Mono, monospace" font-size="14" '
        f'style="white-space:pre" xml:space="preserve">\n{newline.join(body)}\n</g>\n</svg>\n'
    )


def main():
    pland, script, picture = sys.argv[1:]
    lines = pathlib.Path(script).read_text().splitlines()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pland-record-"))
    try:
        session = Session(pland, folder)
        for line in lines:
            if line.startswith("#:"):
                session.run(line[2:].strip(), seen=False)
            elif line.strip():
                session.type(line)
                session.run(line)
        session.stream.feed(b"\x1b[1;32m$\x1b[0m ")
        session.show(0.6)
        text = svg(session.frames)
        if str(folder) in text:
            sys.exit("record: the picture names the temporary folder; hide it in the session")
        pathlib.Path(picture).write_text(text)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{picture}: {len(session.frames)} frames, {os.path.getsize(picture) // 1024} KiB")


main()
