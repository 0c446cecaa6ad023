#!/usr/bin/env node
/* yara-x.js - YARA-X through its Node module, for bench.py: rules compiled once, then every file of the folders
 * scanned from memory.
 *
 * usage: yara-x.js MODULE RULES ROUNDS FOLDER...      prints one JSON text
 *
 * MODULE: folder of the npm package (@litko/yara-x-linux-x64-gnu).  Times are CPU seconds, user and
 * system apart, of scanning alone: files are read before. */
'use strict';
const fs = require('fs');
const path = require('path');

function filesBelow(folder) {
    return fs.readdirSync(folder, {withFileTypes: true}).flatMap((e) => {
        const at = path.join(folder, e.name);
        return e.isDirectory() ? filesBelow(at) : e.isFile() ? [at] : [];
    });
}

function timed(step) {
    const wall = process.hrtime.bigint();
    const before = process.cpuUsage();
    const result = step();
    const cpu = process.cpuUsage(before);
    return {result, user: cpu.user / 1e6, system: cpu.system / 1e6, wall: Number(process.hrtime.bigint() - wall) / 1e9};
}

function cost(t) {
    return {user: t.user, system: t.system, wall: t.wall};
}

function scanFolder(scanner, folder, rounds) {
    const files = filesBelow(folder).sort().map((p) => [p, fs.readFileSync(p)]);
    const out = {found: [], rounds: []};
    for (let i = 0; i < rounds; i++) {
        out.rounds.push(cost(timed(() => {
            for (const [p, data] of files) {
                const matches = scanner.scan(data);
                if (i === 0) {
                    out.found.push(...matches.map((m) => [m.ruleIdentifier, p]));
                }
            }
        })));
    }
    return out;
}

function main([module, rules, rounds, ...folders]) {
    const yara = require(module);
    const source = fs.readFileSync(rules, 'utf8');
    const before = process.memoryUsage().rss;
    const compiled = timed(() => yara.compile(source));
    const scanner = compiled.result;
    const out = {compile: cost(compiled), rss_mib: (process.memoryUsage().rss - before) / 1048576, folders: {}};

    scanner.scan(Buffer.alloc(4096)); // what is made at the first scan is not scanning
    for (const folder of folders) {
        out.folders[folder] = scanFolder(scanner, folder, Number(rounds));
    }
    if (typeof scanner.serialize === 'function') {
        const image = scanner.serialize();
        const start = timed(() => yara.deserialize(image).scan(Buffer.alloc(4096)));
        out.image_bytes = image.length;
        out.start = cost(start);
    }
    console.log(JSON.stringify(out));
}

main(process.argv.slice(2));
