"use strict";
/* The overview: asks the node for its public figures every few seconds and shows them. All text is set as text, never as markup. */

const REFRESH_MS = 3000;
const $ = (id) => document.getElementById(id);
let language = "en";
let latest = null;

const word = (key) => WORDS[language][key] || WORDS.en[key] || key;

function chooseLanguage(wanted) {
	language = wanted;
	localStorage.setItem("language", wanted);
	document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
	for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
	for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === wanted));
	if (latest) show(latest);
}

/* "1.50000000" as satoshi, exactly. */
function units(text) {
	const [whole, part = ""] = String(text || "0").split(".");
	return BigInt(whole + part.padEnd(8, "0"));
}

function shortened(text) {
	return text && text.length > 24 ? text.slice(0, 10) + "…" + text.slice(-8) : text;
}

/* An account is shown by its attested name where it has one. */
function named(name, account) {
	return name ? "@" + name : account;
}

function fillList(id, rows) {
	const list = $(id);
	list.replaceChildren();
	for (const [key, value] of rows) {
		if (value === undefined || value === null || value === "") continue;
		const term = document.createElement("dt");
		const detail = document.createElement("dd");
		term.textContent = word(key);
		detail.textContent = typeof value === "boolean" ? word(value ? "yes" : "no") : String(value);
		list.append(term, detail);
	}
}

/* Each column is [word, value of a row, class]; one that is empty in every row is left out. */
function fillTable(id, columns, rows) {
	const table = $(id);
	table.replaceChildren();
	if (!rows || rows.length === 0) {
		const caption = document.createElement("caption");
		caption.textContent = word("none");
		table.append(caption);
		return;
	}
	const filled = columns.filter(([, get]) => rows.some((row) => ![undefined, null, ""].includes(get(row))));
	const head = table.createTHead().insertRow();
	for (const [key, , kind] of filled) {
		const cell = document.createElement("th");
		cell.scope = "col";
		cell.textContent = word(key);
		cell.className = kind || "";
		head.append(cell);
	}
	const body = table.createTBody();
	for (const row of rows) {
		const line = body.insertRow();
		for (const [, get, kind] of filled) {
			const cell = line.insertCell();
			const value = get(row);
			cell.className = kind || "";
			cell.textContent = kind === "id" ? shortened(value) : value === undefined || value === null ? "" : String(value);
			if (kind === "id" && value) cell.title = value;
		}
	}
}

function clock(seconds) {
	return seconds ? new Date(seconds * 1000).toLocaleString(language === "zh" ? "zh-CN" : "en-GB") : "";
}

function showReserve(peg) {
	const reserve = units(peg.reserve);
	const supply = units(peg.supply);
	const percent = supply > 0n ? Number((reserve * 10000n) / supply) / 100 : null;
	$("ratio").textContent = percent === null ? "—" : percent.toFixed(2) + " %";
	$("ratio-text").textContent = percent === null ? word("nothing") : word("covered");
	$("ratio").parentElement.classList.toggle("bad", percent !== null && percent < 100);
	const most = reserve > supply ? reserve : supply;
	const width = (part) => (most > 0n ? Number((part * 1000n) / most) / 10 : 0) + "%";
	$("bar-reserve").style.width = width(reserve);
	$("bar-supply").style.width = width(supply);
	fillList("reserves", [["reserve", peg.reserve], ["supply", peg.supply], ["deficit", peg.deficit], ["donations", peg.donations], ["fee_fund", peg.fee_fund]]);
}

/* "2 / 3": connected ones of the signers that this node asks. */
function signersOf(peg) {
	const all = peg.signers || [];
	return all.length > 0 ? all.filter((s) => s.connected).length + " / " + all.length : "";
}

function show(answers) {
	const info = answers.info || {};
	const main = answers.mainchain || {};
	const peg = answers.peg;
	document.body.classList.toggle("light", Boolean(info.light_client_only));
	fillList("mainchain", [
		["network", main.network || info.network], ["height", main.height], ["headers", main.headers], ["peers", main.peers],
		["progress", main.verificationprogress === undefined ? "" : (100 * main.verificationprogress).toFixed(1) + " %"], ["ready", info.ready], ["tip", shortened(main.tip)],
	]);
	const side = info.sidechain || {};
	fillList("sidechain", [["chain_id", info.chain_id], ["height", side.height], ["time", clock(side.time)], ["engine", side.engine]]);
	if (peg) {
		showReserve(peg);
		fillList("peg", [["state", peg.state], ["reason", peg.reason], ["epoch", peg.epoch], ["height", peg.height], ["queued", peg.queued], ["waiting", peg.waiting], ["signers", signersOf(peg)]]);
	} else {
		$("ratio").textContent = "—";
		$("ratio-text").textContent = info.light_client_only ? word("light") : "";
	}
	fillTable("pegins", [
		["amount", (d) => d.amount, "number"], ["state", (d) => d.state], ["reason", (d) => d.reason],
		["account", (d) => named(d.account_name, d.account), "id"], ["asset", (d) => d.asset, "id"], ["transaction", (d) => d.txid, "id"],
	], rowsOf(answers.pegins, "pegins"));
	fillTable("pegouts", [
		["payout", (p) => p.payout], ["amount", (p) => p.amount, "number"], ["state", (p) => p.state], ["reason", (p) => p.reason],
		["destination", (p) => p.address, "id"], ["transaction", (p) => p.txid, "id"],
	], rowsOf(answers.pegouts, "pegouts"));
	fillTable("assets", [
		["ticker", (a) => a.ticker], ["name", (a) => a.name], ["supply", (a) => a.supply, "number"], ["cap", (a) => a.cap, "number"], ["backing", (a) => a.backing, "number"],
		["issuer", (a) => named(a.issuer_name, a.issuer), "id"], ["asset", (a) => a.asset, "id"],
	], rowsOf(answers.assets, "assets"));
	fillTable("proposals", [
		["proposal", (p) => p.proposal], ["title", (p) => p.title], ["state", (p) => p.state], ["dao", (p) => p.dao],
		["for", (p) => p.for, "number"], ["against", (p) => p.against, "number"],
		["until", (p) => clock(p.vote_end)],
	], rowsOf(answers.proposals, "proposals"));
}

/* A list answer is an array, or an object with the array under its name. */
function rowsOf(answer, name) {
	return Array.isArray(answer) ? answer : (answer && answer[name]) || [];
}

async function refresh() {
	try {
		const response = await fetch("overview.json", { cache: "no-store" });
		const answers = {};
		for (const answer of await response.json()) if (answer.result !== undefined) answers[answer.id] = answer.result;
		latest = answers;
		show(answers);
		$("status").className = "";
		$("status").textContent = word("updated") + " " + clock(Date.now() / 1000);
	} catch (trouble) {
		$("status").className = "bad";
		$("status").textContent = word("lost");
	}
	setTimeout(refresh, REFRESH_MS);
}

for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => chooseLanguage(button.dataset.language));
chooseLanguage(localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en"));
refresh();
