"""Serves a study in a process of its own, to be killed. Arguments: page, answers, port; the port is written out."""

import sys

from medgan_tf.evidence.readers.study.server import StudyServer

if __name__ == "__main__":
    page, answers, port = sys.argv[1:]
    with StudyServer(page, answers, port=int(port)) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever(0.01)
