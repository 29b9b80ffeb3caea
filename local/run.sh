#!/bin/sh
# Runs a command so that Ctrl-C ends it without a traceback, from its first moment on.
#
#     sh local/run.sh python -m local up
#
# Until Python has started it knows nothing of us, and would print where it was. So it is started with the
# signal ignored, as the shell does in the background, and this shell passes the wish on as SIGTERM: that ends
# what has not begun, and is what `local/interruption.py` waits for afterwards.
trap 'kill -TERM $! 2>/dev/null' INT TERM HUP
"$@" &
wait $! 2>/dev/null
status=$?
# `wait` ends with the signal, the command a moment later.
while kill -0 $! 2>/dev/null; do
    wait $! 2>/dev/null
    status=$?
done
if [ $status -eq 143 ]; then
    echo "  interrupted" >&2
    exit 130
fi
exit $status
