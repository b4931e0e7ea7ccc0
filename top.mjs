import fs from 'node:fs';
const f=fs.readdirSync('/tmp/dbg/prof').map(x=>'/tmp/dbg/prof/'+x).pop();const p=JSON.parse(fs.readFileSync(f));
const self=new Map();const dt=p.timeDeltas;const by=new Map(p.nodes.map(n=>[n.id,n]));
p.samples.forEach((s,i)=>{const n=by.get(s);const k=n.callFrame.functionName+' '+n.callFrame.url.replace(/.*\/(node_modules|dist)\//,'')+':'+n.callFrame.lineNumber;self.set(k,(self.get(k)??0)+dt[i])});
const tot=[...self.values()].reduce((a,b)=>a+b);
for(const [k,v] of [...self].sort((a,b)=>b[1]-a[1]).slice(0,35))console.log((v/tot*100).toFixed(1)+'%',k);
