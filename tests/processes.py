"""What Linux tells about a process."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether it is alive. One that has ended and waits for its parent to notice is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def listening(pid: int) -> set[str]:
    """The addresses on which it accepts TCP connections, as ``127.0.0.1:8080``; IPv6 ones in the kernel's hex."""
    inodes = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                host, _, port = fields[1].partition(":")
                found.add(f"{_dotted(host)}:{int(port, 16)}")
    return found


def _dotted(host: str) -> str:
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(host))) if len(host) == 8 else host
