# Runs a program in a terminal of its own, and types. Standard input is JSON: the command, and steps, each of what is to be seen
# first and what is typed then. Prints JSON: all that was seen, and the exit code.
import json, os, pty, select, sys, time

PATIENCE = 20
given = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.execvp(given["command"][0], given["command"])
seen = b""


def read():
    global seen
    if not select.select([terminal], [], [], 0.1)[0]:
        return True
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        return False
    seen += piece
    return piece != b""


def wait_for(text, start):
    end = time.time() + PATIENCE
    while text not in seen[start:]:
        if time.time() > end or not read():
            sys.exit("waited for %r in %r" % (text, seen[start:]))
    return seen.index(text, start) + len(text)


at = 0
for text, typed in given["steps"]:
    at = wait_for(text.encode(), at)
    # What is typed while a prompt is being set up is lost on no terminal, but its echo is in another place.
    while select.select([terminal], [], [], 0.2)[0] and read():
        pass
    os.write(terminal, typed.encode())
end = time.time() + PATIENCE
while read() and time.time() < end:
    pass
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
json.dump({"seen": seen.decode(), "code": code}, sys.stdout)
