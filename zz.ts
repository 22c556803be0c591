const memory = new Float64Array(new SharedArrayBuffer(16));
const w = new Worker(new URL("./tools/fuzz/memory_watch.ts", import.meta.url), { type: "module" });
w.postMessage(memory.buffer);
while (memory[0]===0) await new Promise(r=>setTimeout(r,1));
memory.set([0,1]);
const t=performance.now();
for (let i=0;i<4;i++) { const a=new Uint8Array(500<<20); const t1=performance.now(); a.fill(1); console.log(i, performance.now()-t, memory[0]/1e6); (globalThis as any)["x"+i]=a; }
