/*
 * The page: what is shown, and the rhythm in which it looks at the daemon. One look at a time, the
 * next one some time after it ended; none while nobody sees the page.
 */
import { byId, setAttribute, setText } from "./dom.js";
import { Link } from "./link.js";
import { World } from "./history.js";
import { Summary } from "./summary.js";
import { QueuesView } from "./queues.js";
import { QueueView } from "./queue.js";
import { GroupsView } from "./groups.js";
import { Keys } from "./keys.js";

const INTERVAL_MS = 2000;
const REST = 4; // a look that takes long is followed by a rest this many times as long
const RETRY_MAX_MS = 10000;

const link = new Link();
const world = new World();
const summary = new Summary();
const queues = new QueuesView(world);
const queue = new QueueView(world, closeQueue);
const groups = new GroupsView(lookSoon);
queue.onChoice = lookSoon;

let timer = null;
let isLooking = false;
let isPaused = false;
let wantsLook = false; // something was chosen while a look was under way
let failures = 0;
let state = "live"; // or how a look failed

/* ---- looking -------------------------------------------------------------------- */

async function look() {
	clearTimeout(timer);
	if (isLooking) {
		wantsLook = true;
		return;
	}
	isLooking = true;
	wantsLook = false;
	const start = performance.now();
	try {
		await world.look(link);
		show();
		await (currentView() === "groups" ? groups : queue).look(link);
		failures = 0;
		showState("live");
	} catch (error) {
		failures++;
		fail(error);
	}
	isLooking = false;
	schedule(performance.now() - start);
}

function schedule(took) {
	clearTimeout(timer);
	if (document.hidden || byId("token-dialog").open) {
		return;
	}
	if (wantsLook) {
		timer = setTimeout(look);
	} else if (isPaused) {
		setText(byId("banner-how"), "");
	} else if (failures > 0) {
		const wait = Math.min(RETRY_MAX_MS, 1000 * 2 ** (failures - 1));
		setText(byId("banner-how"), `It is tried again every ${Math.round(wait / 1000)} s.`);
		timer = setTimeout(look, wait);
	} else {
		timer = setTimeout(look, Math.max(INTERVAL_MS, REST * took));
	}
}

function lookSoon() {
	if (failures === 0) {
		look();
	}
}

function show() {
	summary.show(world);
	queues.show();
	if (queue.name !== null) {
		queue.show();
	}
	document.title = `${world.sums.depth} waiting · inflightd`;
}

/* ---- the state of the connection ------------------------------------------------ */

const stateWords = {
	live: "Live",
	paused: "Paused",
	lost: "Lost",
	token: "Wants a token",
	refused: "Refused",
};

function showState(now) {
	state = now;
	const shown = state === "live" && isPaused ? "paused" : state;
	setText(byId("state"), stateWords[shown]);
	setAttribute(byId("dot"), "data-state", shown);
	setAttribute(document.body, "data-state", shown);
	byId("banner").hidden = state === "live";
}

function fail(error) {
	const kind = error.kind ?? "refused";
	if (kind === "token") {
		askForToken(link.hasToken ? "Nobody has that token." : "");
	}
	showState(kind === "gone" ? "refused" : kind);
	setText(byId("banner-what"),
		kind === "token" ? "The daemon wants to know who asks." : `${error.message}.`);
	setText(byId("banner-act"), kind === "lost" ? "Try now" : "Show a token");
	if (kind === "lost") {
		document.title = "lost · inflightd";
	}
}

function askForToken(wrong) {
	const dialog = byId("token-dialog");
	setText(byId("token-wrong"), wrong);
	if (!dialog.open) {
		dialog.showModal();
	}
}

byId("token-form").addEventListener("submit", (event) => {
	event.preventDefault();
	link.showToken(byId("token").value.trim());
	byId("token").value = "";
	byId("token-dialog").close();
	look();
});

byId("banner-act").addEventListener("click", () => {
	if (state === "lost") {
		look();
	} else {
		askForToken("");
	}
});

/* ---- what is shown -------------------------------------------------------------- */

function currentView() {
	return location.hash === "#groups" ? "groups" : "queues";
}

/** The name behind "#queue=", or null. */
function currentQueue() {
	const [, name] = location.hash.match(/^#queue=(.+)$/s) ?? [];
	try {
		return name === undefined ? null : decodeURIComponent(name);
	} catch {
		return null;
	}
}

function route() {
	const view = currentView();
	const name = currentQueue();
	byId("queues-view").hidden = view !== "queues";
	byId("groups-view").hidden = view !== "groups";
	setAttribute(byId("to-queues"), "aria-current", view === "queues" ? "page" : null);
	setAttribute(byId("to-groups"), "aria-current", view === "groups" ? "page" : null);
	setAttribute(byId("main"), "data-detail", name === null ? null : "true");
	queues.current = name;
	queues.show();
	if (name !== queue.name) {
		queue.open(name);
	}
	lookSoon();
}

/** Back to the list, with the focus where it came from. */
function closeQueue() {
	const { name } = queue;
	if (name === null) {
		return;
	}
	location.hash = "#queues";
	route();
	const links = [...document.querySelectorAll("#queues tbody a")];
	(links.find((node) => node.textContent === name) ?? byId("filter")).focus();
}

function pause() {
	isPaused = !isPaused;
	setAttribute(byId("pause"), "aria-pressed", String(isPaused));
	if (isPaused) {
		clearTimeout(timer);
		showState(state);
	} else {
		look();
	}
}

/* ---- the beginning -------------------------------------------------------------- */

new Keys({
	pause,
	page: (step) => {
		if (currentView() === "groups") {
			groups.turnPage(step);
			lookSoon();
		} else {
			queues.turnPage(step);
		}
	},
	close: closeQueue,
	queues: () => { location.hash = "#queues"; },
	groups: () => { location.hash = "#groups"; },
});

byId("pause").addEventListener("click", pause);
byId("skip").addEventListener("click", (event) => {
	event.preventDefault(); // the address says which view it is
	byId("main").focus();
});
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => {
	clearTimeout(timer);
	if (!document.hidden && !isPaused) {
		look();
	}
});

route();
look();
