/** The style of the page: system fonts, one column, light and dark, narrow and wide, screen and paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;
--bg:#f7f7f5;--card:#fff;--ink:#1a1d21;--soft:#58616b;--line:#e2e4e6;--faint:#eff0f1;
--good:#176b43;--good-bg:#e3f3ea;--bad:#b3261e;--bad-bg:#fcebe9;--open:#855a00;--open-bg:#fbf1d9;--none:#58616b;--none-bg:#eceef0;--link:#2253b8;
--c-accepted:#17768c;--c-limited:#b26a00;--c-failed:#c0322b;--c-offered:#6d7782;--c-p50:#17768c;--c-p95:#6a4bc0;--c-p99:#b0357e;--c-quota:#4b7a2b;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root{
--bg:#0f1215;--card:#171b20;--ink:#e7eaee;--soft:#9ba6b2;--line:#2b323a;--faint:#1f242a;
--good:#5fcf98;--good-bg:#12301f;--bad:#ff8a80;--bad-bg:#3a1917;--open:#eabf5b;--open-bg:#332811;--none:#9ba6b2;--none-bg:#252b32;--link:#8ab4ff;
--c-accepted:#45b6cf;--c-limited:#eba63f;--c-failed:#ff7b72;--c-offered:#8b96a2;--c-p50:#45b6cf;--c-p95:#a995f2;--c-p99:#ef83bd;--c-quota:#8fc46a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:64px;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:4px}
h1,h2,h3,h4,p,figure,dl,dd,pre{margin:0}
h1{font-size:clamp(23px,3.3vw,33px);line-height:1.24;font-weight:640;letter-spacing:-.017em;text-wrap:balance;max-width:30em}
h1.long{font-size:clamp(21px,2.5vw,27px);max-width:38em}
h2{font-size:22px;line-height:1.3;font-weight:640;letter-spacing:-.01em}
h3{font-size:16px;font-weight:620;margin:34px 0 12px}
code,pre,.mono{font-family:var(--mono);font-size:.87em}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:12px;top:-60px;background:var(--card);padding:8px 14px;border-radius:6px;z-index:9}
.skip:focus{top:10px}
.wrap{max-width:1080px;margin:0 auto;padding:0 28px}
.bar{position:sticky;top:0;z-index:5;background:var(--bg);border-bottom:1px solid var(--line)}
.bar .wrap{display:flex;align-items:center;gap:24px;height:48px}
.brand{flex:none;white-space:nowrap;font-weight:700;letter-spacing:-.02em}
.bar nav{display:flex;gap:20px;overflow-x:auto;scrollbar-width:none}
.bar nav a{color:var(--soft);text-decoration:none;white-space:nowrap;display:flex;align-items:center;gap:6px;padding:6px 0}
.bar nav a:hover{color:var(--ink)}
.eyebrow{color:var(--soft);margin:44px 0 12px;display:flex;flex-wrap:wrap;gap:4px 14px;align-items:baseline}
.eyebrow code{color:var(--ink);font-size:.94em}
.mark{width:1.05em;height:1.05em;flex:none;vertical-align:-.15em}
.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}.none{color:var(--none)}
.strip{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:16px;margin:34px 0 12px}
.of-1{grid-template-columns:minmax(0,560px)}.of-2{grid-template-columns:1fr 1fr}
.of-4,.of-5{grid-template-columns:repeat(4,minmax(0,1fr));gap:14px}:is(.of-4,.of-5) .answer{padding:18px 16px 16px}:is(.of-4,.of-5) .answer h2{font-size:13px}:is(.of-4,.of-5) .figure{font-size:34px}:is(.of-4,.of-5) .figure.long{font-size:25px;line-height:1.5}
.of-5 .answer:last-child{grid-column:1/-1;flex-flow:row wrap;align-items:baseline;gap:4px 18px;padding-block:14px}.of-5 .answer:last-child>*{margin:0}.of-5 .answer:last-child ul{display:none}.of-5 .answer:last-child .figure{font-size:20px;line-height:1.5}.of-5 .answer:last-child .go{margin-left:auto;align-self:baseline}
.asked{color:var(--soft);font-size:13.5px;display:flex;flex-wrap:wrap;gap:2px 20px}.asked code{color:var(--ink)}
.answer{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px 18px;display:flex;flex-direction:column;position:relative;overflow:hidden}
.answer::before{content:"";position:absolute;inset:0 0 auto;height:3px;background:currentColor;opacity:.85}
.answer>*{color:var(--ink)}
.answer h2{font-size:14px;font-weight:500;color:var(--soft);letter-spacing:0}
.word{display:inline-flex;align-items:center;gap:7px;font-weight:640;padding:3px 11px 3px 8px;border-radius:99px;font-size:14px;white-space:nowrap}
.word.good{background:var(--good-bg);color:var(--good)}.word.bad{background:var(--bad-bg);color:var(--bad)}.word.open{background:var(--open-bg);color:var(--open)}.word.none{background:var(--none-bg);color:var(--none)}
.answer .word{align-self:flex-start;margin:10px 0 12px}
.figure{font-size:40px;line-height:1.1;font-weight:620;letter-spacing:-.03em;font-variant-numeric:tabular-nums}
.figure.long{font-size:30px;line-height:1.4}
.answer .unit{font-weight:500;margin-top:2px}
.answer ul{list-style:none;margin:12px 0 16px;padding:0;color:var(--soft);font-size:13.5px;line-height:1.5}
.answer li+li{margin-top:3px}
.answer .go{margin-top:auto;color:var(--link);font-weight:540;align-self:flex-start}
section.part{margin-top:64px;padding-top:32px;border-top:1px solid var(--line)}
.head{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:center}
.lead{color:var(--soft);margin-top:8px;max-width:74ch}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));margin:22px 0 8px;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.tiles>div{padding:13px 16px;box-shadow:1px 0 var(--line),0 1px var(--line)}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{font-size:19px;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles dd small{display:block;font-size:12.5px;font-weight:400;color:var(--soft);letter-spacing:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px}
.note{color:var(--soft);font-size:13px;margin-top:8px}
.scroll{overflow-x:auto}
.narrow{max-width:640px}
th,td{overflow-wrap:break-word}td code{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:9px 14px 9px 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
thead td{border-bottom-color:var(--soft)}
thead th{color:var(--soft);font-size:13px;border-bottom-color:var(--soft);padding-bottom:6px;white-space:nowrap}
tbody tr:last-child>*{border-bottom:0}
.numbers td,.numbers thead th:not(:first-child),td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.numbers th[scope=row]{white-space:nowrap;font-variant-numeric:tabular-nums}
td:last-child,th:last-child{padding-right:0}
.short{white-space:nowrap}
.twin>.scroll{max-height:380px;overflow:auto;margin-top:8px}
details>summary{cursor:pointer}
.twin>summary,.more>summary{color:var(--soft);font-size:13px;width:max-content}
.twin{margin-top:6px}
.violation{border-left:3px solid var(--bad);background:var(--card);border-radius:0 10px 10px 0;border-top:1px solid var(--line);border-right:1px solid var(--line);border-bottom:1px solid var(--line);padding:15px 18px;margin-top:12px}
.violation .title{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 16px;font-weight:620}
.violation .title span{font-weight:400;color:var(--soft);font-variant-numeric:tabular-nums}
.violation.warned{border-left-color:var(--open)}.violation.agreed{border-left-color:var(--none)}
.where{color:var(--soft);font-size:13.5px;margin-top:2px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin-top:12px}
.pair>div{min-width:0}.pair>div:only-child{grid-column:1/-1}.pair details{margin-top:4px}
.pair dt,.facts dt{color:var(--soft);font-size:12.5px}
.text{font-family:var(--mono);font-size:12.8px;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--faint);border-radius:6px;padding:8px 11px;margin-top:4px;max-height:340px;overflow:auto}
.filters{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:8px 0 14px}
.filters button,.copy{font:inherit;font-size:13.5px;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:99px;padding:4px 12px;cursor:pointer}
.filters button[aria-pressed=true]{background:var(--ink);color:var(--bg);border-color:var(--ink)}
.filters input{font:inherit;font-size:14px;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:8px;padding:5px 11px;flex:1 1 200px;min-width:0}
.filters output{color:var(--soft);font-size:13.5px;font-variant-numeric:tabular-nums}
.group{margin-top:8px}.group[open]{margin:18px 0}.group.long{content-visibility:auto;contain-intrinsic-size:auto 40px}.group.long[open]{contain-intrinsic-size:auto 2000px}
.group>summary{padding:5px 0}.group h4{display:inline;font-size:14px;font-weight:620;margin:0 6px 0 2px}.group>summary span{color:var(--soft);font-size:13px}.group[open]>summary{margin-bottom:4px}
.cases{background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.case+.case{border-top:1px solid var(--line)}
.case>summary>.mark{margin-top:4px}.case>summary{display:grid;grid-template-columns:20px minmax(0,1fr) auto;gap:10px;align-items:start;padding:8px 16px;list-style:none}
.case>summary::-webkit-details-marker{display:none}
.case>summary:hover{background:var(--faint)}
.case>summary:focus-visible{outline-offset:-2px}
.case .id{color:var(--soft);font-size:12.5px;display:block}
.case .state{color:var(--soft);font-size:13px;white-space:nowrap}
.case .state.bad{color:var(--bad)}
.case .body{padding:4px 16px 16px 46px}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 16px;font-size:14px}
.facts dd{min-width:0}
.curl{position:relative;margin-top:12px}
.curl .copy{position:absolute;right:8px;top:12px;padding:2px 10px;font-size:12.5px}
.curl .text{padding-right:76px}
.chart{margin-top:26px;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px 14px}
.chart figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 20px;margin-bottom:8px}
.chart-title{font-weight:620}
.keys{display:flex;flex-wrap:wrap;gap:2px 16px;color:var(--soft);font-size:13px}
.key{display:inline-flex;align-items:center;gap:6px}
.key svg{width:22px;height:12px}
.plot{overflow-x:auto;position:relative}
.plot svg{display:block;width:100%;min-width:620px;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
.axis .grid{stroke:var(--line)}.axis .base,.axis .tick{stroke:var(--soft);opacity:.6}
.lane{stroke:var(--line)}
svg .lane-name{font-size:12.5px;fill:var(--ink)}
.warm-up{fill:var(--faint)}
.accepted{--c:var(--c-accepted)}.limited{--c:var(--c-limited)}.failed{--c:var(--c-failed)}.offered{--c:var(--c-offered)}.dropped{--c:var(--c-p99)}.p50{--c:var(--c-p50)}.p95{--c:var(--c-p95)}.p99{--c:var(--c-p99)}.quota{--c:var(--c-quota)}.side-a{--c:var(--c-offered)}.side-b{--c:var(--c-accepted)}.interval{--c:var(--none)}.interval.worse{--c:var(--bad)}.interval.better{--c:var(--good)}.interval.tolerated{--c:var(--open)}
svg .line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
svg .dashed{stroke-dasharray:6 4}svg .dotted{stroke-dasharray:1.5 4}
svg .stroke{fill:none;stroke:var(--c);stroke-width:2;stroke-linecap:round}
svg .dot{fill:var(--c);fill-opacity:.82}svg .bar{fill:var(--c);fill-opacity:.75}svg .area{fill:var(--c);fill-opacity:.16}
svg .unit,.p50 text,.p95 text,.p99 text{paint-order:stroke;stroke:var(--card);stroke-width:5px}
svg .count{fill:var(--ink);font-size:11.5px}
.flag line{stroke:var(--soft);stroke-dasharray:2 3;opacity:.55}.flag circle{fill:var(--ink)}svg .flag text{fill:var(--bg);font-size:11px;font-weight:600}svg .flag text.two{font-size:9.5px;letter-spacing:-.4px}
.tag{display:inline-grid;place-items:center;min-width:18px;height:18px;border-radius:9px;background:var(--ink);color:var(--bg);font-size:11.5px;font-weight:600;font-variant-numeric:tabular-nums;margin-right:6px}
.tolerance{fill:var(--faint)}.zero{stroke:var(--soft)}.level line{stroke:var(--ink);stroke-dasharray:1 3;opacity:.6}svg .level text{fill:var(--ink);font-size:11.5px}
.cursor{stroke:var(--ink);opacity:0}
.reading{position:absolute;pointer-events:none;background:var(--ink);color:var(--bg);border-radius:7px;padding:6px 11px;font-size:12.5px;line-height:1.5;white-space:nowrap;font-variant-numeric:tabular-nums;z-index:3}
.reading b{font-weight:620;display:block}
.share{display:block;width:120px;height:8px}
.share rect{fill:var(--faint)}.share rect+rect{fill:var(--c,var(--soft))}
.round{display:flex;flex-wrap:wrap;gap:6px;margin-top:10px;padding:0;list-style:none}
.round li{border:1px solid var(--line);background:var(--card);border-radius:7px;padding:3px 10px;font-size:13px;font-variant-numeric:tabular-nums}
.advice{margin:0;padding-left:20px}.advice li{margin-top:4px}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 36px}
.two>div{min-width:0}
.trends{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:14px;margin-top:22px}
.trend{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:13px 16px 11px}
.trend figcaption{display:grid;grid-template-columns:1fr auto;gap:0 10px;align-items:baseline}.trend .chart-title{font-weight:400;color:var(--soft);font-size:13px}.trend .now{font-size:19px;font-weight:600;font-variant-numeric:tabular-nums;white-space:nowrap}
.trend .note{font-size:12px;font-variant-numeric:tabular-nums;margin:0}.trend span.note{grid-column:1/-1;min-height:1.5em}.trend p.note{display:flex;justify-content:space-between}
.trend svg{display:block;width:100%;height:auto}.trends+.more{margin-top:14px}
footer.wrap{color:var(--soft);font-size:13px;margin-top:56px;margin-bottom:48px}
@media (max-width:1040px){.of-4,.of-5{grid-template-columns:1fr 1fr}:is(.of-4,.of-5) .answer h2{font-size:14px}}
@media (max-width:820px){.trends{grid-template-columns:minmax(0,1fr)}.strip,.two{grid-template-columns:minmax(0,1fr)}.answer{padding:16px 18px}.figure{font-size:34px}}
@media (max-width:560px){h1,h1.long{font-size:19px}.strip{gap:10px;margin-top:22px}.answer,:is(.of-4,.of-5) .answer,.of-5 .answer:last-child{display:grid;grid-template-columns:1fr auto;gap:3px 10px;align-items:center;padding:13px 16px}.answer .word{margin:0}.answer .figure,.answer .unit,.answer .go{grid-column:1/-1;margin:0!important}:is(.strip,.of-4,.of-5) .figure,:is(.strip,.of-4,.of-5) .figure.long{font-size:25px;line-height:1.2}.answer ul{display:none}.of-4,.of-5{grid-template-columns:minmax(0,1fr)}.wrap{padding:0 16px}.eyebrow{margin-top:28px}.pair{grid-template-columns:minmax(0,1fr)}.case .body{padding-left:16px}.stack thead{display:none}.stack tr{display:block;padding:10px 0;border-bottom:1px solid var(--line)}.stack td{display:block;border:0;padding:1px 0;text-align:left}.facts{grid-template-columns:minmax(0,1fr)}.facts dd{margin-bottom:6px}.bar .wrap{gap:16px}section.part{margin-top:44px;padding-top:24px}.chart{padding:14px 12px}}
@media print{.trends{grid-template-columns:repeat(3,minmax(0,1fr))}.group.long{content-visibility:visible}:root{color-scheme:light;--bg:#fff;--card:#fff}body{font-size:11pt}.wrap{max-width:none;padding:0}.bar,.filters,.copy,.skip,.twin,.go,.cursor{display:none!important}.strip{grid-template-columns:repeat(3,minmax(0,1fr))}.of-4,.of-5{grid-template-columns:1fr 1fr}.answer,.violation,.chart,.case,.tiles,.trend{break-inside:avoid}.figure{font-size:26pt}.plot svg{min-width:0}section.part{margin-top:28px;padding-top:18px}.text{max-height:none}h2,h3,h4{break-after:avoid}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
