/*
 * What is known of the daemon and its queues, and how it came to be so over the last minutes. Rates
 * are made here, of what counters did between two looks; time is the daemon's own.
 */

export const WINDOW_MS = 300000;
const SAMPLES = 160;
const FIELDS = 4; // time, in, out, depth

/** A ring of samples. Where nothing ever happened it has none, so that idle queues cost little. */
export class History {
	#cells = null;
	#count = 0;
	#before = null;
	rates = { in: 0, out: 0 };

	/** `time` in ms; `taken` and `ended` are counters, `depth` is a gauge. */
	add(time, taken, ended, depth) {
		const before = this.#before;
		this.#before = { time, taken, ended };
		// A counter that went back belongs to another queue of the same name.
		if (before === null || taken < before.taken || ended < before.ended) {
			this.#count = 0;
			this.rates = { in: 0, out: 0 };
			return;
		}
		const seconds = (time - before.time) / 1000;
		if (seconds <= 0) {
			return;
		}
		this.rates = {
			in: (taken - before.taken) / seconds,
			out: (ended - before.ended) / seconds,
		};
		if (this.#cells === null) {
			if (this.rates.in === 0 && this.rates.out === 0 && depth === 0) {
				return;
			}
			this.#cells = new Float64Array(SAMPLES * FIELDS);
			this.#keep(before.time, 0, 0, 0);
		}
		this.#keep(time, this.rates.in, this.rates.out, depth);
	}

	#keep(...sample) {
		this.#cells.set(sample, (this.#count % SAMPLES) * FIELDS);
		this.#count++;
	}

	/** The samples since `from`, the oldest first: { time, in, out, depth }. */
	since(from) {
		const samples = [];
		for (let i = Math.max(0, this.#count - SAMPLES); i < this.#count; i++) {
			const at = (i % SAMPLES) * FIELDS;
			if (this.#cells[at] >= from) {
				const [time, taken, ended, depth] = this.#cells.subarray(at, at + FIELDS);
				samples.push({ time, in: taken, out: ended, depth });
			}
		}
		return samples;
	}
}

/** The daemon as it was seen last. */
export class World {
	info = null;
	stats = null;
	now = 0; // its uptime in ms
	queues = new Map(); // name => { name, figures, history }
	whole = new History();
	sums = { depth: 0, leased: 0, dead: 0 };

	/** Asks for all that is shown at all times. */
	async look(link) {
		const [info, stats] = await Promise.all([link.get("/api/info"), link.get("/api/stats")]);
		const asked = performance.now();
		if (this.info !== null && this.info.incarnation !== info.incarnation) {
			this.queues.clear();
			this.whole = new History();
		}
		this.info = info;
		this.stats = stats;
		await this.#lookAtQueues(link, () => info.uptime_ms + performance.now() - asked);
		this.now = info.uptime_ms + performance.now() - asked;
		this.whole.add(this.now, stats.enqueued, stats.finished + stats.failed, this.sums.depth);
	}

	async #lookAtQueues(link, clock) {
		const seen = new Set();
		const sums = { depth: 0, leased: 0, dead: 0 };
		let after = "";
		do {
			const page = await link.get("/api/look/queues", { count: 1000, after });
			const time = clock();
			for (const row of page.rows) {
				const figures = named(page.columns, row);
				seen.add(figures.queue);
				this.#note(time, figures);
				sums.depth += figures.depth;
				sums.leased += figures.leased;
				sums.dead += figures.dead;
			}
			after = page.next;
		} while (after !== undefined);
		for (const name of this.queues.keys()) {
			if (!seen.has(name)) {
				this.queues.delete(name);
			}
		}
		this.sums = sums;
	}

	#note(time, figures) {
		let queue = this.queues.get(figures.queue);
		if (queue === undefined) {
			queue = { name: figures.queue, figures, history: new History() };
			this.queues.set(queue.name, queue);
		}
		queue.figures = figures;
		queue.history.add(time, figures.enqueued, figures.finished + figures.failed, figures.depth);
	}
}

/** A row of figures as an object, by the names of the columns. */
export function named(columns, row) {
	return Object.fromEntries(columns.map((name, i) => [name, row[i]]));
}
