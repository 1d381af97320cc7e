#!/usr/bin/env python3
"""A web server that misbehaves as it is told, for FetchDataTests.swift.

    odd_server.py FOLDER BEHAVIOUR     writes its port to FOLDER/port, then serves for two minutes or until it is ended

Behaviours: `good`; `breaks` (every answer ends after a sixth of the file); `no-ranges` (the first
answer ends early, and it cannot go on); `lies` (other bytes of the same number); `endless`; `gone` (status 404).
Each request is noted in FOLDER/requests: its path and its Range.
"""

import http.server
import os
import sys
import threading

folder, behaviour = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    broken = False

    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = self.headers.get("Range")
        with open(os.path.join(folder, "requests"), "a") as file:
            file.write(f"{self.path} {asked or 'whole'}\n")
        path = os.path.join(folder, os.path.basename(self.path))
        if behaviour == "gone" or not os.path.exists(path):
            return self.send_error(404)
        data = open(path, "rb").read()
        if behaviour == "lies":
            data = bytes(byte ^ 0xFF for byte in data)
        first = 0
        if asked and behaviour != "no-ranges":
            first = int(asked.removeprefix("bytes=").split("-")[0])
            if first >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        rest = data[first:]
        if behaviour == "endless":
            self.end_headers()
            try:
                while True:
                    self.wfile.write(rest)
            except OSError:
                return None
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if behaviour == "breaks" or behaviour == "no-ranges" and not Handler.broken:
            Handler.broken = True
            rest = rest[: len(data) // 6 + 1]
        self.wfile.write(rest)
        self.close_connection = True
        return None


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Timer(120, server.shutdown).start()
with open(os.path.join(folder, "port.new"), "w") as file:
    file.write(f"{server.server_port}\n")
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
