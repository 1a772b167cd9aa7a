//! `maxsim mcp` as a client sees it: lines of JSON in and out, nothing in between.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};

use serde_json::{Value, json};

use crate::support::program;

/// A server that was started, and what was said to it.
pub(crate) struct Session {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    asked: u64,
}

/// What it left behind.
pub(crate) struct Left {
    pub(crate) status: ExitStatus,
    /// Lines that nobody had read.
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Session {
    /// Starts one for a daemon, and says nothing yet.
    pub(crate) fn start(url: &str, flags: &[&str], key: &str) -> Self {
        let mut command = program();
        command.args(["mcp", "--url", url]).args(flags).env("MAXSIMD_KEY", key);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout, asked: 0 }
    }

    /// One that has been greeted.
    pub(crate) fn greeted(url: &str, flags: &[&str]) -> Self {
        let mut session = Self::start(url, flags, "");
        session.greet();
        session
    }

    /// What it says of itself.
    pub(crate) fn greet(&mut self) -> Value {
        let client = json!({"name": "test", "version": "1"});
        let greeting = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let reply = self.ask("initialize", greeting);
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        reply["result"].clone()
    }

    /// Writes a line.
    pub(crate) fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Sends a request; its id.
    pub(crate) fn send(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}).to_string());
        self.asked
    }

    /// The next line, which is of the protocol.
    pub(crate) fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// Sends a request and waits for its reply.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let reply = self.hear();
        assert_eq!(reply["id"], id, "{reply}");
        reply
    }

    /// The result of a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments}))["result"].clone()
    }

    /// Text and object of a tool that does what it is asked.
    pub(crate) fn called(&mut self, tool: &str, arguments: Value) -> (String, Value) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        (text(&result), result["structuredContent"].clone())
    }

    /// What a tool says that does not.
    pub(crate) fn refused(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        text(&result)
    }

    /// Closes its standard input and waits for its end.
    pub(crate) fn close(mut self) -> Left {
        self.stdin = None;
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Left {
        let (mut out, mut err) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Left { status: self.child.wait().unwrap(), out, err }
    }
}

fn text(result: &Value) -> String {
    let content = result["content"].as_array().unwrap();
    assert_eq!((content.len(), &content[0]["type"]), (1, &json!("text")), "{result}");
    content[0]["text"].as_str().unwrap().to_owned()
}
