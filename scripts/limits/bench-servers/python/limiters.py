"""Strategies of the library `limits` in front of one answer.

What to answer comes in the environment; the port is the first line on standard output.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from limits import RateLimitItemPerSecond, storage, strategies

requests = int(os.environ["BENCH_REQUESTS"])
seconds = int(os.environ["BENCH_WINDOW_MS"]) // 1000
item = RateLimitItemPerSecond(requests, seconds)
limiter = strategies.STRATEGIES[os.environ["BENCH_KIND"]](storage.MemoryStorage())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # The head and the body leave in one write.
    wbufsize = 65536

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") != os.environ["BENCH_AUTHORIZATION"]:
            self.answer("UNAUTHORIZED")
        elif limiter.hit(item, "client"):
            self.answer("ADMITTED")
        else:
            self.answer("REJECTED")

    def answer(self, name):
        body = os.environ[f"BENCH_{name}_BODY"].encode()
        self.send_response(int(os.environ[f"BENCH_{name}_STATUS"]))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1])
sys.stdout.flush()
server.serve_forever()
