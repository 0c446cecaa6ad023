"""measure.py - running a program and saying what it cost: wall and CPU time of all its processes,
memory from /proc/PID/smaps_rollup."""
import os
import pathlib
import resource
import statistics
import subprocess
import threading
import time

TICK = os.sysconf('SC_CLK_TCK')


def run(command, watch=None, env=None):
    """Runs it to its end -> dict of wall, cpu and user (seconds of all its processes that ended),
    code, out, err.  watch: a Watch to follow it with, which costs time of its own."""
    start = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors='surrogateescape', env=env) as child:
        if watch:
            watch.start(child.pid)
        out, err = child.communicate()
        if watch:
            watch.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {'wall': time.monotonic() - start, 'cpu': cpu, 'user': after.ru_utime - before.ru_utime, 'code': child.returncode, 'out': out, 'err': err}


def cpu_of(pid):
    """User and system seconds of a process that still runs, its threads included."""
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def smaps(pid):
    """KiB by name: Pss, Private_Clean ..."""
    rows = {}
    for line in pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()[1:]:
        name, value = line.split(':')
        rows[name] = int(value.split()[0])
    return rows


def family(root):
    """The process and all below it."""
    todo, seen = [root], []
    while todo:
        pid = todo.pop()
        seen.append(pid)
        for task in pathlib.Path(f'/proc/{pid}/task').glob('*/children'):
            todo += [int(p) for p in task.read_text().split()]
    return seen


class Watch:
    """Looks at a tree of processes every few milliseconds, in a thread.

    private    the largest Private_Clean + Private_Dirty of any one process, KiB
    dirty      the largest Private_Dirty of any one process
    pss        the largest sum of Pss over the processes below the root, and how many there were"""

    def __init__(self, every=0.02):
        self.every = every
        self.private = self.dirty = self.pss = self.processes = 0
        self.over = threading.Event()
        self.thread = None

    def start(self, root):
        self.thread = threading.Thread(target=self.loop, args=(root,))
        self.thread.start()

    def loop(self, root):
        while not self.over.is_set():
            self.look(root)
            self.over.wait(self.every)

    def look(self, root):
        total = count = 0
        try:
            pids = family(root)
        except OSError:
            return
        for pid in pids:
            try:
                rows = smaps(pid)
            except (OSError, ValueError):
                continue  # ended between two looks
            self.dirty = max(self.dirty, rows.get('Private_Dirty', 0))
            self.private = max(self.private, rows.get('Private_Dirty', 0) + rows.get('Private_Clean', 0))
            if pid != root:
                total += rows.get('Pss', 0)
                count += 1
        if total > self.pss:
            self.pss, self.processes = total, count

    def stop(self):
        self.over.set()
        self.thread.join()


def median_of(count, step):
    """The run of median wall time of `count`, and the median CPU time."""
    rows = [step() for _ in range(count)]
    return statistics.median(r['wall'] for r in rows), statistics.median(r['cpu'] for r in rows)


def forget(paths):
    """Empties the page cache, of everything when allowed, else of these files -> what was done."""
    os.sync()
    try:
        pathlib.Path('/proc/sys/vm/drop_caches').write_text('3')
        return 'the whole page cache dropped'
    except OSError:
        for path in paths:
            with open(path, 'rb') as f:
                os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return 'the files of the program and its signatures dropped from the page cache'


def warm(folder):
    """Reads every file once, so that nobody pays for the disk."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                try:
                    with open(path, 'rb') as f:
                        while f.read(1 << 20):
                            pass
                except OSError:
                    continue
