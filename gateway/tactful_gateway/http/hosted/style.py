"""The hosted page's style sheet, allowed by its hash; with scripting on, only the first question is painted at first.

Should the renderer not come within four seconds, the animation shows the rest: then the plain form is the page.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

CSS = """
:root{color-scheme:light dark;--a:light-dark(#4b53d6,#9aa2ff);--at:light-dark(#fff,#12141c);
--fg:light-dark(#1a2030,#f1f3f8);--mu:light-dark(#596275,#aab2c3);--fi:light-dark(#f1f3f8,#2b303d);
--li:light-dark(#858d9e,#7a8397)}
*{box-sizing:border-box}
body{margin:0;padding:32px 16px;background:light-dark(#f4f5f9,#12141a);color:var(--fg);
font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Microsoft YaHei",sans-serif;
overflow-wrap:anywhere}
main{max-width:560px;margin:0 auto;padding:28px;border-radius:16px;background:light-dark(#fff,#1c1f28);
box-shadow:0 1px 3px #1018281a}
h1{margin:0 0 20px;font-size:1em;font-weight:500;color:var(--mu)}
h1.big{margin:12px 0;font-size:1.25em;font-weight:600;color:inherit;text-align:center}
.note{margin:0 0 12px;text-align:center;color:var(--mu)}
fieldset{min-width:0;margin:0 0 28px;padding:0;border:0}
legend,.q{display:block;padding:0;font-size:1.0625em;font-weight:600;line-height:1.35}
.help,.ends{margin:4px 0 0;color:var(--mu);font-size:.875em}
.scale{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:4px;margin-top:14px}
.scale label{display:grid;justify-items:center;gap:2px;min-height:56px;padding:8px 0;
border-radius:10px;background:var(--fi);cursor:pointer}
.mark{font-size:1.5em;line-height:1.2}
.list{display:grid;gap:8px;margin-top:14px}
.list label{display:flex;align-items:center;gap:10px;min-height:44px;padding:8px 12px;border-radius:10px;
background:var(--fi);cursor:pointer}
input[type=radio],input[type=checkbox]{flex:none;width:18px;height:18px;margin:0;accent-color:var(--a)}
.ends{display:flex;justify-content:space-between;gap:16px}
.field{display:block;width:100%;min-height:44px;margin-top:14px;padding:10px 12px;border:1.5px solid var(--li);
border-radius:10px;background:light-dark(#fff,#161922);color:inherit;font:inherit}
.list .field{margin-top:0}
textarea.field{min-height:96px;resize:vertical}
.field::placeholder{color:var(--mu);opacity:1}
.error,.wrong{margin:10px 0 0;color:light-dark(#b3241d,#ffaaa2);font-size:.875em}
.wrong{margin:0 0 20px}
.wrong a{padding:0;color:inherit}
button{display:block;min-height:44px;margin-inline-start:auto;padding:8px 24px;border:1.5px solid transparent;
border-radius:10px;background:var(--a);color:var(--at);font:inherit;font-weight:600;cursor:pointer}
.ask{max-width:360px;margin:0 auto}
.ask button{margin:20px auto 12px}
:focus-visible{outline:2px solid var(--a);outline-offset:2px}
footer{max-width:560px;margin:20px auto 0;text-align:center;font-size:.875em}
a{display:inline-block;padding:6px;color:var(--mu)}
@media (max-width:480px){body{padding:0 0 24px}main{border-radius:0;padding:24px 20px}
.n11{grid-auto-flow:row;grid-template-columns:repeat(6,1fr)}}
@media (forced-colors:active){.scale label,.list label,main{border:1px solid}}
@media (scripting:enabled){.fresh fieldset~fieldset{max-height:0;margin:0;overflow:hidden;
animation:rest 1ms 4s forwards}}
@keyframes rest{to{max-height:none;margin:0 0 28px;overflow:visible}}
"""
CSS_HASH = "sha256-" + b64encode(sha256(CSS.encode()).digest()).decode()
