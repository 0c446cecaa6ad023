// Asks YARA-X for record.py: one JSON object a line in, one a line out.
//
//     node yara_x.js FOLDER      FOLDER/node_modules holds the package
//
// in:  {"files": [[namespace, text]...], "data": base64, "define": {name: value}}
// out: {"names": [...], "matches": [[offset, length]...]} or {"error": text}
"use strict";
const path = require("path");
const readline = require("readline");
const yara = require(require.resolve("@litko/yara-x-linux-x64-gnu", { paths: [path.resolve(process.argv[2])] }));

function answer(q) {
    const scanner = yara.compile("", { defineVariables: q.define, relaxedReSyntax: true });
    for (const [space, text] of q.files) scanner.addRuleSource(text, space);
    const rules = scanner.scan(Buffer.from(q.data, "base64"));
    const matches = rules.flatMap((r) => r.matches.map((m) => [m.offset, m.length]));
    matches.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return { names: rules.map((r) => r.ruleIdentifier).sort(), matches };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    let said;
    try {
        said = answer(JSON.parse(line));
    } catch (e) {
        said = { error: e.message };
    }
    process.stdout.write(JSON.stringify(said) + "\n");
});
