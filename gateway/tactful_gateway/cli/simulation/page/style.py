"""The page's style sheet, allowed by its hash; what prints is light, and charts keep their colours on paper."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

CSS = """
:root{color-scheme:light dark;--is:light-dark(#4b53d6,#8f97ff);--ask:light-dark(#8188ea,#5f67cf);
--answer:light-dark(#262c8c,#d9dcff);--was:light-dark(#7d8596,#9aa3b5);--fg:light-dark(#1a2030,#f1f3f8);
--mu:light-dark(#596275,#aab2c3);--fi:light-dark(#eef0f6,#2b303d);--li:light-dark(#dfe3ec,#343a49)}
*{box-sizing:border-box}
body{margin:0;padding:40px 16px 64px;background:light-dark(#f4f5f9,#12141a);color:var(--fg);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Microsoft YaHei",sans-serif;
overflow-wrap:anywhere}
body>*{max-width:1040px;margin-inline:auto}
header{margin-bottom:28px}
.kind{margin:0 0 6px;color:var(--is);font-weight:600;font-size:.8125rem;letter-spacing:.06em;text-transform:uppercase}
h1{margin:0 0 10px;font-size:clamp(1.5rem,4.2vw,2.25rem);line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
header p{margin:0;color:var(--mu);max-width:92ch;text-wrap:pretty}
main{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
section{min-width:0;padding:22px 24px;border-radius:14px;background:light-dark(#fff,#1c1f28);
box-shadow:0 1px 3px #1018281a}
.wide{grid-column:1/-1}
h2{margin:0 0 4px;font-size:1.0625rem;line-height:1.3}
h3{margin:18px 0 6px;font-size:.9375rem}
.note{margin:0 0 14px;color:var(--mu);font-size:.875rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin:0}
.tiles div{display:flex;flex-direction:column}
.tiles div{padding:14px 16px;border-radius:14px;background:light-dark(#fff,#1c1f28);box-shadow:0 1px 3px #1018281a}
dt{flex:1;color:var(--mu);font-size:.8125rem}
dd{margin:0}
dd.big{font-size:1.625rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
dd.was{color:var(--mu);font-size:.8125rem;font-variant-numeric:tabular-nums}
table{width:100%;border-collapse:collapse;font-size:.875rem}
th,td{padding:6px 10px 6px 0;text-align:start;vertical-align:baseline;border-top:1px solid var(--li);
unicode-bidi:isolate;overflow-wrap:break-word}
tr>:last-child{padding-inline-end:0}
thead th{border-top:0;color:var(--mu);font-size:.75rem;font-weight:600;white-space:nowrap}
tbody th{font-weight:500}
.n{text-align:end;white-space:nowrap;font-variant-numeric:tabular-nums}
.same{color:var(--mu)}
thead td{padding:0;border:0}
.bar{width:34%;min-width:56px;vertical-align:top}
.bar svg{display:block;width:100%;height:15px;margin-top:3px}
.scroll{overflow-x:auto}
svg .is{fill:var(--is)}
svg .was{fill:var(--was)}
svg .ask{fill:var(--ask)}
svg .answer{fill:var(--answer)}
svg .line{fill:none;stroke:var(--fg);stroke-width:1.75px;vector-effect:non-scaling-stroke;stroke-linejoin:round}
svg .grid{stroke:var(--li);stroke-width:1px;vector-effect:non-scaling-stroke}
figure{margin:0}
.plot{display:grid;grid-template-columns:auto minmax(0,1fr);gap:6px 10px}
.plot svg{display:block;width:100%;height:200px}
.y{display:flex;flex-direction:column;justify-content:space-between;height:200px;text-align:end}
.y span{line-height:0}
.x{grid-column:2;display:flex;justify-content:space-between;gap:8px}
.all{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr);text-align:center;gap:0}
.x,.y{color:var(--mu);font-size:.75rem;font-variant-numeric:tabular-nums;white-space:nowrap}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 12px;padding:0;list-style:none;color:var(--mu);
font-size:.8125rem}
.legend svg{width:14px;height:10px;margin-inline-end:7px}
details{margin-top:12px;font-size:.875rem}
summary{width:fit-content;padding:2px 0;color:var(--mu);cursor:pointer}
summary:hover{color:var(--fg)}
summary:focus-visible{outline:2px solid var(--is);outline-offset:2px}
.rows{max-height:320px;overflow:auto}
.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:8px 24px}
ul{margin:0;padding-inline-start:1.2em}
li{margin:3px 0}
td details{margin:4px 0 0}
td li{color:var(--mu)}
code{font:.9375em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:28px;color:var(--mu);font-size:.8125rem}
@media (max-width:760px){body{padding:24px 12px 40px}main,.sides{grid-template-columns:minmax(0,1fr)}
section{padding:18px 16px}.plot svg,.y{height:160px}.bar{min-width:40px}.tiles{grid-template-columns:1fr 1fr}
.from{display:none}th,td{padding-inline-end:8px}}
@media (forced-colors:active){section,.tiles div{border:1px solid}svg{forced-color-adjust:none}}
@media print{:root{color-scheme:light}body{padding:0;background:none;font-size:12px}
section,.tiles div{box-shadow:none;border:1px solid var(--li);break-inside:avoid}
.scroll,.rows{overflow:visible;max-height:none}
svg,.legend{print-color-adjust:exact;-webkit-print-color-adjust:exact}details:not([open]){display:none}}
"""
CSS_HASH = "sha256-" + b64encode(sha256(CSS.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src '{CSS_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
