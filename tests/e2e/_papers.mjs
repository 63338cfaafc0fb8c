// Invented papers: what a village agent would photograph, drawn here and marked as samples.

import path from 'node:path';

/** Draws a photograph of an invented identity card into `folder`; its path. */
export async function photograph(browser, folder) {
  const file = path.join(folder, '身份证.jpg');
  const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
  await page.setContent(`
    <body style="margin:0;background:#6b5a48;display:grid;place-items:center;height:100vh">
      <div style="width:860px;height:540px;border-radius:28px;background:linear-gradient(135deg,#dfeaf1,#cfe0d8);
        font:28px 'Noto Sans CJK SC',sans-serif;color:#1c2b33;position:relative;padding:48px;box-sizing:border-box">
        <p>姓名　张秀英</p><p>性别　女　民族　汉</p><p>出生　1940 年 3 月 15 日</p>
        <p>住址　示范县示范镇东村2组15号</p><p style="margin-top:56px">公民身份号码　131099194003150021</p>
        <div style="position:absolute;right:56px;top:64px;width:200px;height:250px;background:#b9c7cc"></div>
        <div style="position:absolute;inset:0;display:grid;place-items:center;font-size:150px;color:#b4232322;transform:rotate(-18deg)">样本</div>
      </div>
    </body>`);
  await page.screenshot({ path: file, type: 'jpeg', quality: 80 });
  await page.close();
  return file;
}

/** Prints an invented certificate of two pages as PDF into `folder`; its path. */
export async function certificate(browser, folder) {
  const file = path.join(folder, '村委会证明.pdf');
  const page = await browser.newPage();
  await page.setContent(`
    <body style="font:16px 'Noto Sans CJK SC',sans-serif;color:#111">
      <h1 style="text-align:center">居住情况说明（样本）</h1>
      <p>兹有示范县示范镇东村村民张秀英，女，1940年3月15日出生，现居住在本村2组15号。</p>
      <p style="text-align:right">示范镇东村村民委员会</p>
      <div style="break-before:page"><h2>附页</h2><p>本页为空白附页。</p></div>
    </body>`);
  await page.pdf({ path: file, format: 'A4', margin: { top: '25mm', left: '25mm', right: '25mm', bottom: '25mm' } });
  await page.close();
  return file;
}
