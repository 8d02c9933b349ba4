// doc/formats.md: its examples and its tables of operations.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = process.env.srcdir ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const text = readFileSync(path.join(root, 'doc', 'formats.md'), 'utf8')

// name -> value of every line `name = value` of the example blocks; a value may go on over indented lines.
export const examples = new Map()
for (const [, block] of text.matchAll(/^```example\n([\s\S]*?)^```/gm)) {
	for (const [, name, value] of block.matchAll(/^([a-z0-9-]+) =((?:.*\n)(?: .*\n)*)/gm)) examples.set(name, value.replace(/\s/g, ''))
}

// name -> number of each row `| 4 | TRANSFER | …`.
export const operationNumbers = new Map()
for (const [, number, name] of text.matchAll(/^\| (\d+) \| ([A-Z_]+) \|/gm)) operationNumbers.set(name, Number(number))
