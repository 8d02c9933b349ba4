#!/usr/bin/env node
// The formats of doc/formats.md in JavaScript: rebuilds the examples of the page, and agrees with the daemon's code on random transactions.
//
//     node tests/js/check.mjs [PRINT-TRANSACTIONS [SEED COUNT]]
//
// PRINT-TRANSACTIONS is the program of that name, built from print_transactions.c. Exit code 0: all agree, 1: not, 77: @noble/curves is not
// there (npm ci in a copy of this folder; TALLY_NODE_MODULES names its node_modules).
import { execFileSync } from 'node:child_process'

import { checkStateProof } from '../../tools/proof.mjs'
import { equal, hex, sha256, unhex, utf8 } from './bytes.mjs'
import * as secp from './secp.mjs'

if (!secp.isThere) {
	console.log('@noble/curves is not installed: skipped')
	process.exit(77)
}
const ledger = await import('./ledger.mjs')
const { actions, decode, encode, operations } = await import('./operations.mjs')
const { examples, operationNumbers } = await import('./page.mjs')
const { made } = await import('./examples.mjs')

let checks = 0, wrong = 0
const check = (ok, what) => {
	checks++
	if (ok) return
	wrong++
	console.log(`WRONG: ${what}`)
}
const refuses = (f, what) => {
	try {
		f()
	} catch {
		check(true)
		return
	}
	check(false, `${what} was taken`)
}

function pageExamples() {
	for (const [name, value] of Object.entries(made())) {
		const want = typeof value === 'string' ? value : hex(value)
		check(examples.get(name) === want, `${name}: the page says ${examples.get(name)}, the format gives ${want}`)
		examples.set(name, null)
	}
	for (const [name, text] of examples) {
		const words = name.slice(3).toUpperCase().replaceAll('-', '_') // the operation's name, and what tells a second example apart
		const action = name.startsWith('action-'), forms = action ? actions : operations
		const found = (all) => all.find((n) => forms[n])
		const operation = text === null ? null : action ? found([words.slice(4), words.slice(4).replace(/_[^_]*$/, '')])
			: name.startsWith('op-') && found([words, words.replace(/_[^_]*$/, '')])
		if (!operation) continue
		const bytes = unhex(text)
		check(operationNumbers.has(operation), `${operation} has no row in a table of operations`)
		check(equal(encode(forms[operation], decode(forms[operation], bytes)), bytes), `${name} comes back changed`)
		for (let cut = 0; cut < bytes.length; cut++) refuses(() => decode(forms[operation], bytes.slice(0, cut)), `${name} cut to ${cut} bytes`)
		examples.set(name, null)
	}
	return [...examples].filter(([, text]) => text !== null).map(([name]) => name)
}

const people = (list) => new Map(list.map((p) => [p.account, p.secret ? { secret: unhex(p.secret) }
	: { k: p.k, keys: p.keys.map(unhex), secrets: p.secrets.map((s) => s && unhex(s)) }]))

function oneTransaction(line, number) {
	const said = JSON.parse(line), chain = unhex(said.chain)
	const t = {
		validUntil: BigInt(said.valid_until), payer: unhex(said.payer), nonce: BigInt(said.nonce), fee: BigInt(said.fee),
		ops: said.ops.map((op) => ({ number: op.number, source: unhex(op.source), payload: unhex(op.payload) })),
	}
	const same = (name, bytes) => check(hex(bytes) === said[name], `transaction ${number}: ${name} differs`)
	const bytes = ledger.body(t)
	same('body', bytes)
	same('txid', ledger.txid(bytes))
	same('message', ledger.message(chain, bytes))
	for (const p of said.people) if (p.keys) check(hex(ledger.policyAccount(p.k, p.keys.map(unhex))) === p.account, `transaction ${number}: a policy's account differs`)
	same('signed', ledger.signed(t, chain, people(said.people)))
	same('partial', ledger.partial(t, chain, people(said.some)))
	const decoded = ledger.verified(unhex(said.signed), chain)
	check(decoded.nonce === t.nonce && decoded.validUntil === t.validUntil && decoded.fee === t.fee && hex(ledger.body(decoded)) === said.body,
		`transaction ${number}: decoded, it says something else`)
	const some = ledger.decodePartial(unhex(said.partial)), rest = ledger.decodePartial(unhex(said.rest))
	check(hex(ledger.encodePartial(some)) === said.partial && hex(ledger.encodePartial(rest)) === said.rest, `transaction ${number}: a partial one comes back changed`)
	check(hex(ledger.finished(ledger.combined(some, rest))) === said.signed, `transaction ${number}: put together, the halves differ`)
	const other = unhex(said.signed)
	other[other.length - 1 - number % 64] ^= 1
	refuses(() => ledger.verified(other, chain), `transaction ${number}: a wrong signature`)
	refuses(() => ledger.verified(unhex(said.signed).slice(0, -1), chain), `transaction ${number}: cut short`)
	refuses(() => ledger.decodePartial(unhex(said.partial).slice(0, -1)), `transaction ${number}: a partial one cut short`)
}

function randomTransactions(program, seed, count) {
	const lines = execFileSync(program, [seed, count], { encoding: 'utf8', maxBuffer: 1 << 30 }).trimEnd().split('\n')
	check(lines.length === Number(count), `${lines.length} transactions instead of ${count}`)
	lines.forEach(oneTransaction)
	return lines.length
}

// Random states, proofs made here and checked by tools/proof.mjs, whole and damaged.
async function proofs() {
	for (let size = 0; size < 40; size++) {
		const entries = Array.from({ length: size }, (_, i) => [utf8(`key ${size} ${i}`), utf8(`value ${i}`)])
		const leaves = ledger.leavesOf(entries), root = ledger.subtree(leaves)
		for (let i = 0; i < size + 3; i += 1 + (size >> 3)) {
			const key = utf8(`key ${size} ${i}`), value = i < size ? entries[i][1] : null, proof = ledger.prove(leaves, key)
			const says = (...args) => checkStateProof(...args)
			check(await says(root, key, value, proof) === (value ? 'present' : 'absent'), `a proof of ${size} keys is not taken`)
			check(await says(root, key, value ? null : utf8('x'), proof) === 'wrong', 'the opposite is taken')
			if (value) check(await says(root, key, utf8('other'), proof) === 'wrong', 'another value is taken')
			check(await says(root, key, value, proof.slice(0, -1)) === 'wrong', 'a short proof is taken')
			check(await says(sha256(root), key, value, proof) === 'wrong', 'another root is taken')
			const at = (i * 7 + size) % proof.length, bad = Uint8Array.from(proof, (b, k) => (k === at ? b ^ 1 << i % 8 : b))
			check(await says(root, key, value, bad) === 'wrong', `a proof with byte ${at} changed is taken`)
		}
	}
}

const [program, seed = '1', count = '60'] = process.argv.slice(2)
const left = pageExamples()
check(!left.some((name) => name.startsWith('op-')), 'an operation of the page is not read here')
if (left.length) console.log(`nothing here makes or reads ${left.join(', ')}`)
await proofs()
const agreed = program ? randomTransactions(program, seed, count) : 0
console.log(`${checks} checks, ${agreed} random transactions, ${wrong} wrong`)
process.exit(wrong ? 1 : 0)
