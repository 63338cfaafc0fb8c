# 办件列表与办件页
cases-title = 办件
cases-filters = 按状态查看
cases-search = 查找办件
cases-search-example = 姓名、编号、事项或首字母
cases-total = 共 { $count } 件
cases-newer = 较新的
cases-older = 较早的
cases-pages = 翻页
cases-keys = J K 上下移动，回车打开，/ 查找
cases-none = 还没有办件
cases-none-next = 从“事项”里选一个，就可以开始收件。
cases-none-here = 这一类里没有办件
cases-none-here-next = 看看“全部”，或换一类。
cases-none-arrived-next = 村里或乡镇送来的办件会自动出现在这里。
cases-none-found = 没有找到
cases-none-found-next = 换个姓名、编号或首字母试试，或者看看“全部”。
filter-all = 全部
filter-draft = 草稿
filter-waiting = 待发送
filter-came-back = 需要处理
filter-to-accept = 待受理
filter-at-work = 办理中
filter-decided = 有结果
filter-ended = 已结束

case-no-name = 未填姓名
case-differing = { $count } 项不一致
case-materials = 材料
case-timeline = 办理经过
timeline-receipt = （回执 { $number } 号）
case-receipt = 收件凭证
ended-title = 此件已结束，本机只留摘要
ended-at-county = 填报内容和材料保存在县里。需要查看时可以取回，联网后一到就显示在这里。
ended-on-its-way = 已向县里取，联网后一到就显示在这里，不用等在本页。
ended-lacking = 县里没有找到这一件的完整内容，请与县政务服务中心联系；也可以再取一次。
ended-fetch = 取回完整内容
case-change = 修改内容
case-correct = 去补正
corrections-title = 需要补正 { $count } 处

reveal = 查看
reveal-now = 查看
reveal-title = 查看完整内容
reveal-words = 完整内容属于个人信息。请写明理由，查看会记录在案。

acts-none = 现在没有需要您办理的步骤
acts-more = 其他
act-noted = 已记录：{ $act }
act-opinion = 意见（可不填）
act-unit = 移交到哪个村
act-unit-code = 移交到（行政区划代码）
act-other-case = 同一申请人的另一件
act-other-case-none = 没有找到同一申请人的其他办件，不能标记为重复。
act-gaps = 后补的材料
act-satisfaction = 满意度

correction-how = 勾选要补正的内容和材料，每一处写明哪里不对、怎么改。一次告知，写全为好。
correction-pick = 要补正
correction-why = “{ $name }”哪里不对、怎么改
correction-example = 哪里不对、怎么改，如：照片模糊，请重拍
correction-none = 请勾选要补正的内容
correction-reasons = 每一处都要写明理由
correction-ready = 共 { $count } 处要补正
correction-send = 发出告知
correction-sent = 补正告知已记录，村里同步后收到

differing-title = { $count } 项两处填写不一致
differing-words = 两份内容都在，谁的也没有丢。请选定一个并写明理由；选定以前不会按任何一个办理。
differing-reason = 为什么选这个
differing-decide = 选定

findings-title = 这一件有 { $count } 处要留意
findings-next-village = 不影响办理进度。请先备好，镇里要求补正时一起补交。
findings-next-correcting = 这次补正时，请一起补上。
findings-next-office = 需要补齐的，用“要求补正”一次性告知村里。
differing-covered = 这一项属于个人信息，请先写明理由查看，再选定。
