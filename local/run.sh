#!/bin/sh
# Runs a command so that Ctrl-C ends it without a traceback, from its first moment on.
#
#     sh local/run.sh python -m local up
#
# Until Python has started it knows nothing of us, and would print where it was. So it is started with the
# signal ignored, as the shell does in the background, and this shell passes the wish on as SIGTERM: that ends
# what has not begun, and is what `local/interruption.py` waits for afterwards.
child='' asked='' sent=''

stop() {
    asked=yes
    if [ -n "$child" ] && [ -z "$sent" ]; then
        sent=yes
        # Again and again: until the command's process has begun, it has this shell's traps and not its own.
        (trap '' INT TERM; while kill -TERM "$child"; do sleep 0.1; done) >/dev/null 2>&1 &
    fi
}

trap stop INT TERM HUP
"$@" &
child=$!
[ -z "$asked" ] || stop
# A trap ends `wait` too, before the command does.
while wait "$child" 2>/dev/null; status=$?; [ $status -gt 128 ] && kill -0 "$child" 2>/dev/null; do :; done
if [ $status -eq 143 ]; then
    echo "  interrupted" >&2
    exit 130
fi
exit $status
