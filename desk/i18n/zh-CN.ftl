# 命令行的文字。
items-none = 没有找到。
item-department = 办理部门：{ $department }
item-limit = { $unit ->
    [working_days] 承诺时限：{ $amount } 个工作日
    [calendar_days] 承诺时限：{ $amount } 天
   *[on_the_spot] 当场办结
}
item-conditions = 办理条件：
item-materials = 所需材料：
item-questions = 填写内容：
item-release = 目录版本 { $release }
enrolled = { $name } 可以在本机办理业务了（单位 { $unit }）。
enrol-requested = 登记请求已写入 { $file }。请交到县里，拿到回复后用 enrol --reply 打开。
password-changed = { $name } 的密码已更换。
enrolled-without-catalogue = 事项目录还没有收到：{ $why }
serving = 工作台地址 { $address }，请用浏览器打开 { $file }。按 Ctrl+C 结束。
no-browser = 没能启动浏览器，请自行打开 { $file }。
case-made = 办件 { $case }，收件编号 { $receipt }
case-stands = 办件 { $case }：{ $status }
finding-line = { $field }：{ $message }
import-line = 第 { $line } 行，{ $column }：{ $message }
imported = 已建 { $created } 件，未收 { $refused } 件。
sync-refused = { $item }：{ $message }
pack-made = 收发文件已写到 { $file }：{ $items } 个条目，{ $files } 个附件，转交 { $boxes } 个。
pack-taken = 已收取：新条目 { $new } 个，已有 { $known } 个，附件 { $files } 个，转交其他工作台 { $boxes } 个。
pack-carried = 这个收发文件是给别人的，已存好，随下一次收发文件或联网转交。
pack-waits = 要先收取更早的收发文件；这一个已存好。
pack-refused = 未收：{ $item }：{ $message }
pack-line = { $sha256 }  { $unit }  来自 { $from }  交给 { $to }  { $bytes } 字节
sync-held = { $files } 个图片和附件先不发送：现在的网络按流量计费，或者本机这样设置。急用请加 --pictures。
synced = 已发送 { $sent } 项，收到 { $received } 项，待发送 { $waiting } 项。
status =
    工作台 { $desk }，单位 { $unit }
    待发送：{ $items } 项内容，{ $files } 个文件；被退回：{ $quarantined }
    上次联网：{ $last }；目录版本 { $release }
verified = 已检查 { $cases } 件办件、{ $acts } 个办理步骤、{ $files } 个文件。
verify-wrong = 有问题：{ $what }
rebuilt = 已重建 { $cases } 件办件的列表。
backed-up = 已备份到 { $file }。
restored = 已从 { $file } 恢复。请用原来的密码登录；联网后会自动与县平台核对。

# 填写和材料的问题。
finding-unknown-field = 表单里没有这一栏。
finding-bad-type = 这个值不能填在这里。
finding-required = 这一栏必须填写。
finding-constraint = 填写的内容不符合要求。
finding-bad-choice = 不在可选项之内。
finding-acknowledge = 需要勾选确认。
finding-date-format = 请填写日期，例如 2026-03-15。
finding-integer-format = 请填写整数。
finding-number-format = 请填写数字。
finding-money-format = 请填写金额，最多两位小数。
finding-region-format = 请填写行政区划代码。
finding-id-length = 身份证号应为 18 位，现在是 { $count } 位。
finding-id-old = 这是 15 位旧号码，请填写 18 位号码。
finding-id-characters = 第 { $position } 位不是身份证号的字符。
finding-id-date = 号码里的出生日期不存在。
finding-id-year = 号码里的出生年份不合理。
finding-id-check-digit = 最后一位不对，应为 { $expected }，请对照证件核对。
finding-id-prefix = 号码开头的地区代码没有查到，请对照证件核对。
finding-name-length = 姓名应为 2 至 50 个字。
finding-name-characters = 姓名只能有汉字、字母和间隔点。
finding-phone-format = 这不是电话号码。
finding-account-length = 账号应为 12 至 19 位。
finding-account-characters = 账号只能是数字。
finding-account-luhn = 账号最后一位对不上，请对照卡片核对。
finding-uscc-length = 统一社会信用代码应为 18 位。
finding-uscc-characters = 统一社会信用代码里有不该有的字符。
finding-uscc-check-digit = 统一社会信用代码最后一位不对。
finding-uscc-inner = 代码里的组织机构代码对不上，请对照证书核对。
finding-material-missing = 缺少这份材料。
finding-material-deferrable = 缺少这份材料，可以容缺后补。
finding-material-too-many = 这份材料的文件太多。
finding-material-unknown-slot = 本事项不收这份材料。
finding-not-eligible = 按规定不符合条件，申请人可以坚持提交。
finding-two-values = 两处填写不一致，请先选定。

# 县里没有收下的原因。
refusal-bad-signature = 签名对不上。
refusal-unknown-device = 县里不认识这台电脑。
refusal-revoked = 这台电脑已被停用。
refusal-unknown-person = 县里没有这个人，或已停用。
refusal-not-your-actor = 修改人与登记的不一致。
refusal-out-of-scope = 这件办件不属于您的村。
refusal-wrong-status = 办件已到下一步，这一步做不了了。
refusal-not-your-role = 您的岗位不能做这一步。
refusal-too-large = 内容太大。
refusal-too-many-ops = 一次修改太多。
refusal-missing-parents = 县里缺少前面的修改。
refusal-guarded-conflict = 重要栏目有两个值，请先选定。
refusal-lease-ended = 使用期限已到。
refusal-unknown-form = 县里没有这张表。
refusal-malformed = 内容已损坏。
refusal-payload-missing = 这一步缺少必需的内容。
refusal-unknown-kind = 县里不认识这种步骤。
refusal-side-branch = 这是办件移交之后原经办人补录的内容，请与办件核对。
refusal-other-county = 这是别的县的内容。
refusal-group-refused = 与它一起的内容没有收下。
refusal-case-meta-differs = 办件的基本情况与县里的不一致。
backup-lacks-files = 有 { $count } 个附件本应在本机却找不到，备份里没有它们。
salvaged = 已抢救出全部内容：{ $cases } 件。损坏的数据库已原样另存。请重新登录。
salvaged-with-holes = 已抢救出 { $cases } 件。有些内容读不出来；已发送过的会在下次同步时从县里取回。损坏的数据库已原样另存。
hint-people = { "  " }→ 这台电脑还没有登记：daiban-desk enrol --code 登记码；如果钥匙文件损坏，请用备份恢复到空目录：daiban-desk restore 备份文件
hint-county = { "  " }→ 连不上县平台：请检查网络；照常工作，联网后会自动发送
hint-database = { "  " }→ 数据库损坏：请运行 daiban-desk salvage，能读出来的内容都会抢救回来，损坏的原样保留
hint-disk = { "  " }→ 磁盘快满了：请删除不用的文件，或换到更大的磁盘
hint-unlock = { "  " }→ 没能登录，数据库没有检查：请确认密码；如果提示损坏，请运行 daiban-desk salvage
hint-verify = { "  " }→ “没有在发送途中”的：运行 daiban-desk rebuild 会重新排队。文件或办件有问题的：联网同步一次会从县里取回；仍有问题请用备份恢复
