/*
 * Figures as people read them. All spaces inside of a figure are narrow ones that do not break.
 */

const NARROW = "\u202f";

/** 1234567 as "1 234 567"; from ten million on as "12.3 M". */
export function count(value) {
	if (value >= 1e7) {
		return scaled(value, 1000, ["", "k", "M", "G", "T", "P"]);
	}
	return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, NARROW);
}

/** A limit beside what it limits: "65.5 k". */
export function limit(value) {
	return value < 10000 ? count(value) : scaled(value, 1000, ["", "k", "M", "G", "T", "P"]);
}

export function bytes(value) {
	return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** So many a second: one decimal as long as it tells something. */
export function rate(value) {
	if (value === 0) {
		return "0";
	}
	if (value < 0.05) {
		return "<0.1";
	}
	return value < 9.95 ? value.toFixed(1) : count(value);
}

/** "0 ms", "1.5 s", "3 min 20 s", "4 h 10 min", "12 d 3 h". */
export function duration(ms) {
	if (ms > 0 && ms < 9.95 && !Number.isInteger(ms)) {
		return `${ms.toFixed(1)}${NARROW}ms`;
	}
	if (ms < 1000) {
		return `${Math.round(ms)}${NARROW}ms`;
	}
	if (ms < 59950) {
		return `${(ms / 1000).toFixed(1)}${NARROW}s`;
	}
	const seconds = Math.round(ms / 1000);
	const parts = [
		[Math.floor(seconds / 86400), "d"],
		[Math.floor(seconds / 3600) % 24, "h"],
		[Math.floor(seconds / 60) % 60, "min"],
		[seconds % 60, "s"],
	];
	const first = parts.findIndex(([amount]) => amount > 0);
	return parts
		.slice(first, first + 2)
		.filter(([amount], i) => i === 0 || amount > 0)
		.map(([amount, unit]) => `${amount}${NARROW}${unit}`)
		.join(NARROW);
}

function scaled(value, step, units) {
	let unit = 0;
	while (value >= step && unit < units.length - 1) {
		value /= step;
		unit++;
	}
	const text = value < 100 && unit > 0 ? value.toFixed(1) : String(Math.round(value));
	return units[unit] === "" ? text : `${text}${NARROW}${units[unit]}`;
}
