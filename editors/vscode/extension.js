// The client: starts `sloc lsp` and hands it every spec that is open. All that is known of the language, the server knows.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function start() {
  const settings = vscode.workspace.getConfiguration("sloc");
  const server = { command: settings.get("path"), args: ["lsp"] };
  client = new LanguageClient("sloc", "sloc", server, { documentSelector: [{ scheme: "file", language: "slo" }] });
  return client.start();
}

async function restart() {
  await client?.stop().catch(() => {});
  await start();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("sloc.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("sloc.path") && restart()),
  );
  await start();
};

exports.deactivate = () => client?.stop();
