#!/usr/bin/env node
// Check what getproof answered, with nothing but this file, proof.mjs and Node:
//
//     tally --json getproof account=… | node tools/check-proof.mjs [--block=HASH] [--sealer=KEY]
//
// Prints "present HEIGHT BLOCK SEALER VALUE" or "absent HEIGHT BLOCK SEALER"; exit code 0. Else says what is wrong: 1; or that the input can't
// be read: 2. --block or --sealer name what is known of the chain from elsewhere: without either, only the proof's own block vouches for it.
import { checkAnswer, hex, unhex } from './proof.mjs'

const option = (name) => {
	const found = process.argv.find((a) => a.startsWith(`--${name}=`))
	return found ? unhex(found.slice(name.length + 3)) : null
}

let text = ''
for await (const part of process.stdin.setEncoding('utf8')) text += part
let answer, known
try {
	answer = JSON.parse(text)
	known = { block: option('block'), sealer: option('sealer') }
	if (answer === null || typeof answer !== 'object') throw new Error('an object is wanted')
} catch (problem) {
	console.error(`check-proof: can't read the input: ${problem.message}`)
	process.exit(2)
}
try {
	const got = await checkAnswer(answer, known)
	const words = [got.present ? 'present' : 'absent', got.height, hex(got.block), hex(got.sealer)]
	console.log([...words, ...(got.present ? [hex(got.value)] : [])].join(' '))
} catch (problem) {
	console.error(`check-proof: ${problem.message}`)
	process.exit(1)
}
