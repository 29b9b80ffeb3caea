"""The style sheet of the page of a daily report: for a phone, a wide screen, dark mode and paper."""

STYLE = """\
:root { color-scheme: light dark; --page: #f6f8fa; --card: #fff; --text: #1f2328; --quiet: #59636e;
  --rule: #d1d9e0; --marked: #0b57d0; --plain: #a8c7fa; --ground: #eef1f4;
  --warn: #fff3cd; --warn-rule: #d4a72c; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0d1117; --card: #161b22; --text: #f0f6fc; --quiet: #a5afb9; --rule: #3d444d;
    --marked: #7cacf8; --plain: #2f4f7f; --ground: #262c36; --warn: #3a2d05; --warn-rule: #9e7a14; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 16px 40px; background: var(--page); color: var(--text);
  font: 16px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; }
header { margin-bottom: 24px; }
header p { margin: 4px 0 0; color: var(--quiet); }
.shop { font-weight: 600; }
h1 { margin: 0; font-size: 28px; line-height: 1.25; }
h2 { margin: 0 0 16px; font-size: 20px; }
section { margin-bottom: 24px; padding: 24px; background: var(--card); border: 1px solid var(--rule);
  border-radius: 8px; }
.correction { padding: 12px 16px; background: var(--warn); border-color: var(--warn-rule); }
.correction p { margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 16px;
  margin: 0 0 24px; }
.tiles dt { color: var(--quiet); font-size: 14px; }
.tiles dd { margin: 0; font-size: 24px; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; color: var(--quiet); font-size: 13px; font-weight: 400; }
.pair { display: grid; grid-template-columns: 1fr; gap: 24px; }
figure { margin: 0 0 24px; min-width: 0; }
.pair figure { margin: 0; }
figcaption { margin-bottom: 8px; font-weight: 600; }
svg { display: block; width: 100%; overflow: visible; }
.columns svg { height: 140px; border-bottom: 1px solid var(--rule); }
.columns .scale { margin: 0; padding-bottom: 2px; color: var(--quiet); font-size: 13px;
  border-bottom: 1px dashed var(--rule); }
ol { margin: 0; padding: 0; list-style: none; }
.axis { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; margin-top: 4px; color: var(--quiet);
  font-size: 12px; text-align: center; font-variant-numeric: tabular-nums; }
.axis .marked { color: var(--text); font-weight: 700; }
rect.marked { fill: var(--marked); }
rect.plain { fill: var(--plain); }
rect.ground { fill: var(--ground); }
.bars li { display: grid; grid-template-columns: 1fr auto; gap: 0 16px; margin-bottom: 10px;
  font-size: 15px; }
.bars .name { min-width: 0; overflow-wrap: anywhere; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; }
.bars svg { grid-column: 1 / -1; height: 8px; border-radius: 4px; overflow: hidden; }
.note, footer { color: var(--quiet); font-size: 14px; }
.note { margin: 8px 0 0; }
@media (min-width: 800px) { .pair { grid-template-columns: 1fr 1fr; gap: 40px; } }
@media (max-width: 480px) {
  body { padding: 16px 8px 24px; }
  header, footer { padding: 0 8px; }
  section { padding: 16px; }
  h1 { font-size: 24px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles dd { font-size: 19px; }
}
@media print { body { padding: 0; background: none; } section { break-inside: avoid; } }
"""
