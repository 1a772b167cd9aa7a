#!/usr/bin/env python3
# Stands in for llama-server where what is under test is how a server is started, watched and stopped.
import http.server, json, os, signal, subprocess, sys, time

flags = dict(zip(sys.argv[1::2], sys.argv[2::2]))
folder = os.path.dirname(os.path.abspath(__file__))
port = int(flags["--port"])
with open(folder + "/starts", "a") as starts:
    print(os.getpid(), port, file=starts)


def first():
    return len(open(folder + "/starts").readlines()) == 1


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, body):
        known = self.headers["authorization"] == "Bearer " + os.environ["LLAMA_API_KEY"]
        body = json.dumps(body).encode()
        self.send_response(200 if known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply({})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = asked["messages"][-1]["content"]
        if said == "end":
            os.kill(os.getpid(), signal.SIGKILL)
        message = {"role": "assistant", "content": said + " " + flags["--alias"]}
        self.reply({"choices": [{"message": message, "finish_reason": "stop"}]})


# BEFORE
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
